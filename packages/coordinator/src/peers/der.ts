/** As much of DER as a certificate needs. Source: ITU-T X.690. */

/** Tags of the universal class, and the context-specific ones that certificates use. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  generalizedTime: 0x18,
  version: 0xa0,
  extensions: 0xa3,
} as const;

const SHORT_LENGTH = 0x80;
const SEVEN_BITS = 0x7f;

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(inSevenBits)]));
}

/** A number of any size that is not negative, its bytes from the highest: DER has as few of them as its sign allows. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
  const wouldBeNegative = ((digits[0] ?? 0) & SHORT_LENGTH) !== 0;
  return der(TAG.integer, wouldBeNegative ? Buffer.from([0]) : Buffer.of(), digits);
}

/** @param unused bits at the end that say nothing */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return der(TAG.bitString, Buffer.from([unused]), bytes);
}

export function text(value: string): Buffer {
  return der(TAG.utf8, Buffer.from(value));
}

/** Seconds only, in UTC. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().slice(0, 19).replace(/[-:T]/g, '');
  return der(TAG.generalizedTime, Buffer.from(`${digits}Z`));
}

function lengthOf(length: number): Buffer {
  if (length < SHORT_LENGTH) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([SHORT_LENGTH + bytes.length, ...bytes]);
}

function inSevenBits(value: number): number[] {
  const groups = [value & SEVEN_BITS];
  for (let rest = value >> 7; rest > 0; rest >>= 7) groups.unshift((rest & SEVEN_BITS) | SHORT_LENGTH);
  return groups;
}
