import { UnpackError } from './unpack-error.ts';

/** What a tar entry is: the kinds that are understood, and all others by their letter. */
type TarKind = 'file' | 'folder' | 'extended' | 'global' | 'long_name' | { readonly other: string };

export interface TarHeader {
  readonly name: string;
  readonly kind: TarKind;
  readonly sizeBytes: number;
  readonly isExecutable: boolean;
}

/** Places of fields in a header. Source: POSIX.1-1988 "ustar", and GNU tar's manual, "Basic Tar Format". */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  checksum: [148, 8],
  magic: [257, 6],
  prefix: [345, 155],
} as const;
const TYPE_AT = 156;
const EXECUTABLE = 0o100;

const KINDS: Readonly<Record<string, TarKind>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '5': 'folder',
  x: 'extended',
  g: 'global',
  L: 'long_name',
};

/** What the other kinds are called, for those who get to read of them. */
const OTHERS: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file',
};

/**
 * Reads one header block of 512 bytes.
 *
 * @throws {UnpackError} when it is none
 */
export function readTarHeader(block: Buffer): TarHeader {
  if (checksumOf(block) !== numberIn(block, 'checksum')) throw new UnpackError('The archive is no tar, or is damaged');
  const type = String.fromCharCode(block[TYPE_AT] ?? 0);
  const prefix = textIn(block, 'magic') === 'ustar' ? textIn(block, 'prefix') : '';
  const name = textIn(block, 'name');
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    kind: KINDS[type] ?? { other: OTHERS[type] ?? `an entry of the unknown kind ${JSON.stringify(type)}` },
    sizeBytes: numberIn(block, 'size'),
    isExecutable: (numberIn(block, 'mode') & EXECUTABLE) !== 0,
  };
}

/** The sum of all bytes, those of the sum itself as blanks. */
function checksumOf(block: Buffer): number {
  const [start, length] = FIELDS.checksum;
  let sum = 0x20 * length;
  for (const [at, byte] of block.entries()) if (at < start || at >= start + length) sum += byte;
  return sum;
}

function textIn(block: Buffer, field: keyof typeof FIELDS): string {
  const [start, length] = FIELDS[field];
  const bytes = block.subarray(start, start + length);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? length : end).toString('utf8');
}

/** Octal text; what GNU tar writes in binary would be larger than anything that is unpacked here. */
function numberIn(block: Buffer, field: keyof typeof FIELDS): number {
  const text = textIn(block, field).trim();
  if (/^[0-7]*$/.test(text)) return Number.parseInt(text || '0', 8);
  throw new UnpackError('The archive has a header with a number that is none, or is too large');
}
