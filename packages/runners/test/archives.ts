/** Archives for tests, byte by byte, so that they can be what no honest program writes. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface TarEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** By default a plain file. */
  readonly type?: string;
  readonly mode?: number;
  /** Where a link leads. */
  readonly link?: string;
  /** What the header says, whatever the content has. */
  readonly sizeBytes?: number;
  readonly prefix?: string;
}

const BLOCK = 512;

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

export function tarHeader({
  name,
  content = '',
  type = '0',
  mode = 0o644,
  link = '',
  prefix = '',
  ...entry
}: TarEntry): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(name, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(entry.sizeBytes ?? Buffer.byteLength(content), 12), 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => [tarHeader(entry), padded(Buffer.from(entry.content ?? ''))]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

export function tarGz(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tar(entries));
}

/** The content of an extended header. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  const length = [1, 2, 3, 4, 5].find((digits) => String(bytes + digits).length === digits) ?? 0;
  return `${bytes + length}${rest}`;
}

export interface ZipEntrySpec {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly isStored?: boolean;
  /** A Unix mode with the kind of file in it. */
  readonly unixMode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** What the headers say, whatever is so. */
  readonly sizeBytes?: number;
  readonly crc?: number;
  /** The name before the content, where it differs from the directory's. */
  readonly localName?: string;
}

/** A zip file of the usual kind. */
export function zip(entries: readonly ZipEntrySpec[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const local = localPart(entry);
    directory.push(centralPart(entry, at));
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([...parts, central, end, Buffer.from(comment)]);
}

function factsOf({ content = '', isStored = false, ...entry }: ZipEntrySpec) {
  const bytes = Buffer.from(content);
  const packed = isStored ? bytes : deflateRawSync(bytes);
  const method = entry.method ?? (isStored ? 0 : 8);
  return { packed, method, sizeBytes: entry.sizeBytes ?? bytes.length, crc: entry.crc ?? crc32(bytes) };
}

function localPart(entry: ZipEntrySpec): Buffer {
  const { packed, method, sizeBytes, crc } = factsOf(entry);
  const name = Buffer.from(entry.localName ?? entry.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(entry.flags ?? 0x800, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(sizeBytes, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name, packed]);
}

function centralPart(entry: ZipEntrySpec, at: number): Buffer {
  const { packed, method, sizeBytes, crc } = factsOf(entry);
  const name = Buffer.from(entry.name);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(entry.unixMode === undefined ? 20 : (3 << 8) | 20, 4);
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(entry.flags ?? 0x800, 8);
  record.writeUInt16LE(method, 10);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(packed.length, 20);
  record.writeUInt32LE(sizeBytes, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt32LE(((entry.unixMode ?? 0) << 16) >>> 0, 38);
  record.writeUInt32LE(at, 42);
  return Buffer.concat([record, name]);
}
