/** As much of the protocol buffers encoding as an ONNX file needs. https://protobuf.dev/programming-guides/encoding/ */

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FLOAT = 5;

type Value = number | string | Uint8Array | { readonly float: number };

/** A message of fields in order: whole numbers, texts, bytes or messages, single floats. */
export function message(...fields: readonly (readonly [number: number, value: Value])[]): Uint8Array {
  return Buffer.concat(fields.map(([number, value]) => field(number, value)));
}

/** The same field once for each value. */
export function repeated(number: number, values: readonly Value[]): readonly (readonly [number, Value])[] {
  return values.map((value) => [number, value] as const);
}

function field(number: number, value: Value): Uint8Array {
  if (typeof value === 'number') return Buffer.concat([tag(number, WIRE_VARINT), varint(value)]);
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return Buffer.concat([tag(number, WIRE_BYTES), varint(bytes.length), bytes]);
  }
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value.float);
  return Buffer.concat([tag(number, WIRE_FLOAT), bytes]);
}

function tag(number: number, wire: number): Uint8Array {
  return varint(number * 8 + wire);
}

/** Negative numbers are 64 bits long. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}
