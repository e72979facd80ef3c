import type { FileHandle } from 'node:fs/promises';
import { UnpackError } from './unpack-error.ts';

/** Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. */
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const MAX_COMMENT_BYTES = 0xffff;
const MAX_DIRECTORY_BYTES = 32 * 1024 * 1024;
/** Values that say that the real one stands in a ZIP64 field. */
const [ZIP64_COUNT, ZIP64_OFFSET] = [0xffff, 0xffffffff];
const ENCRYPTED = 0x0001;
const UNIX = 3;
/** Of a Unix mode: what kind of file it is. Source: POSIX <sys/stat.h>. */
const [KIND_MASK, LINK, FOLDER, FILE] = [0o170000, 0o120000, 0o040000, 0o100000];

export interface ZipEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isExecutable: boolean;
  /** 0 is stored, 8 is deflated. */
  readonly method: number;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly localHeaderAt: number;
}

/**
 * The central directory of a zip file, which is all that says what is in it.
 *
 * @throws {UnpackError}
 */
export async function readZipDirectory(file: FileHandle): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - END.bytes - MAX_COMMENT_BYTES), size);
  const end = tail.subarray(endIn(tail));
  const count = end.readUInt16LE(10);
  const [bytes, at] = [end.readUInt32LE(12), end.readUInt32LE(16)];
  const isSplit = end.readUInt16LE(4) !== 0 || end.readUInt16LE(8) !== count;
  if (isSplit) throw new UnpackError('The archive is one part of several');
  if (count === ZIP64_COUNT || at === ZIP64_OFFSET) throw new UnpackError('The archive is a ZIP64, which is not taken');
  if (bytes > MAX_DIRECTORY_BYTES || at + bytes > size) throw new UnpackError('The archive is damaged: its directory');
  return entriesIn(await readAt(file, at, at + bytes), count);
}

/** Where an entry's content begins. @throws {UnpackError} when the entry itself says another name than the directory */
export async function contentStart(file: FileHandle, { localHeaderAt, name }: ZipEntry): Promise<number> {
  const header = await readAt(file, localHeaderAt, localHeaderAt + LOCAL.bytes);
  if (header.readUInt32LE(0) !== LOCAL.signature) throw new UnpackError(`The archive is damaged at "${name}"`);
  const nameEnd = localHeaderAt + LOCAL.bytes + header.readUInt16LE(26);
  const ownName = await readAt(file, localHeaderAt + LOCAL.bytes, nameEnd);
  if (ownName.toString('utf8') !== name) throw new UnpackError(`The archive says two names for "${name}"`);
  return nameEnd + header.readUInt16LE(28);
}

async function readAt(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  if (bytesRead === buffer.length) return buffer;
  throw new UnpackError('The archive is cut off');
}

function endIn(tail: Buffer): number {
  for (let at = tail.length - END.bytes; at >= 0; at--) {
    const isEnd =
      tail.readUInt32LE(at) === END.signature && at + END.bytes + tail.readUInt16LE(at + 20) === tail.length;
    if (isEnd) return at;
  }
  throw new UnpackError('The archive is cut off: a zip file ends with its directory');
}

function entriesIn(directory: Buffer, count: number): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const rest = directory.subarray(at);
    const isEntry = rest.length >= CENTRAL.bytes && rest.readUInt32LE(0) === CENTRAL.signature;
    const length = isEntry ? CENTRAL.bytes + rest.readUInt16LE(28) + rest.readUInt16LE(30) + rest.readUInt16LE(32) : 0;
    if (!isEntry || length > rest.length) throw new UnpackError('The archive is damaged: its directory');
    entries.push(entryIn(rest));
    at += length;
  }
  return entries;
}

function entryIn(record: Buffer): ZipEntry {
  const name = record.toString('utf8', CENTRAL.bytes, CENTRAL.bytes + record.readUInt16LE(28));
  const method = record.readUInt16LE(10);
  if ((record.readUInt16LE(8) & ENCRYPTED) !== 0) throw new UnpackError(`The archive has an encrypted file: ${name}`);
  if (method !== 0 && method !== 8) throw new UnpackError(`The archive has a file packed by method ${method}: ${name}`);
  const mode = record[5] === UNIX ? record.readUInt16LE(40) : 0;
  const kind = mode & KIND_MASK;
  if (kind === LINK)
    throw new UnpackError(`The archive has a symbolic link, and only files and folders are taken: ${name}`);
  if (kind !== 0 && kind !== FILE && kind !== FOLDER) {
    throw new UnpackError(`The archive has a device or the like, and only files and folders are taken: ${name}`);
  }
  return {
    name,
    isFolder: name.endsWith('/'),
    isExecutable: (mode & 0o100) !== 0,
    method,
    crc32: record.readUInt32LE(16),
    packedBytes: record.readUInt32LE(20),
    sizeBytes: record.readUInt32LE(24),
    localHeaderAt: record.readUInt32LE(42),
  };
}
