import { ByteReader } from './byte-reader.ts';
import type { FolderWriter } from './folder-writer.ts';
import { readTarHeader, type TarHeader } from './tar-header.ts';
import { UnpackError } from './unpack-error.ts';

const BLOCK_BYTES = 512;
/** Of an extended header or a long name. */
const MAX_META_BYTES = 64 * 1024;
/** What headers, extended headers and padding take of an entry beside its content. */
const ENTRY_BYTES = 4 * BLOCK_BYTES;
/** An archive is padded to the length of a tape's record. */
const PADDING_BYTES = 1024 * 1024;

/** What an extended header says of the entry that follows it. */
interface Override {
  readonly name?: string;
  readonly sizeBytes?: number;
}

/**
 * Unpacks a tar stream: the formats of POSIX (ustar and pax) and of GNU, files and folders only.
 *
 * @throws {UnpackError} for links, devices, sparse files, unsafe and repeated names, and what is beyond the limits
 */
export async function unpackTar(stream: AsyncIterable<Uint8Array>, writer: FolderWriter): Promise<void> {
  const { maxBytes, maxEntries } = writer.limits;
  const reader = new ByteReader(stream, maxBytes + maxEntries * ENTRY_BYTES + PADDING_BYTES);
  try {
    let override: Override = {};
    for (let header = await nextHeader(reader); header; header = await nextHeader(reader)) {
      override = await takeEntry(reader, apply(header, override), { writer, override });
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** Undefined at the archive's end: a block of zeros, or the end of the stream where that is missing. */
async function nextHeader(reader: ByteReader): Promise<TarHeader | undefined> {
  const block = await reader.read(BLOCK_BYTES);
  return !block || block.every((byte) => byte === 0) ? undefined : readTarHeader(block);
}

function apply(header: TarHeader, { name, sizeBytes }: Override): TarHeader {
  if (header.kind !== 'file' && header.kind !== 'folder') return header;
  return { ...header, name: name ?? header.name, sizeBytes: sizeBytes ?? header.sizeBytes };
}

/** @returns what holds for the next entry */
async function takeEntry(
  reader: ByteReader,
  header: TarHeader,
  { writer, override }: { readonly writer: FolderWriter; readonly override: Override },
): Promise<Override> {
  const { kind } = header;
  switch (kind) {
    case 'file':
      await takeFile(reader, header, writer);
      return {};
    case 'folder':
      await writer.addFolder(header.name);
      await reader.skip(header.sizeBytes + paddingOf(header.sizeBytes));
      return {};
    case 'extended':
      return { ...override, ...overrideIn(await readMeta(reader, header)) };
    case 'long_name':
      return { ...override, name: (await readMeta(reader, header)).toString('utf8').replace(/\0.*$/s, '') };
    case 'global':
      await readMeta(reader, header);
      return override;
    default:
      throw new UnpackError(`The archive has ${kind.other}, and only files and folders are taken: ${header.name}`);
  }
}

async function takeFile(reader: ByteReader, header: TarHeader, writer: FolderWriter): Promise<void> {
  // Before POSIX a folder was a file whose name ends with a slash.
  if (header.name.endsWith('/')) return await writer.addFolder(header.name);
  const file = await writer.addFile(header.name, header);
  try {
    for await (const piece of reader.stream(header.sizeBytes)) await file.write(piece);
  } finally {
    await file.close();
  }
  await reader.skip(paddingOf(header.sizeBytes));
}

async function readMeta(reader: ByteReader, { sizeBytes }: TarHeader): Promise<Buffer> {
  if (sizeBytes > MAX_META_BYTES) throw new UnpackError('The archive has too long a header');
  const content = (await reader.read(sizeBytes)) ?? Buffer.alloc(0);
  await reader.skip(paddingOf(sizeBytes));
  return content;
}

function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Records of `length key=value`, each with a line's end. Source: POSIX.1-2001, "pax Extended Header". */
function overrideIn(content: Buffer): Override {
  const values = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    const [, digits = ''] = /^(\d{1,10}) /.exec(content.toString('latin1', at, at + 12)) ?? [];
    const end = at + Number(digits);
    if (digits === '' || end > content.length || Number(digits) < digits.length + 4) {
      throw new UnpackError('The archive has a damaged header');
    }
    const record = content.toString('utf8', at + digits.length + 1, end - 1);
    const separator = record.indexOf('=');
    values.set(record.slice(0, separator), record.slice(separator + 1));
    at = end;
  }
  return readOverride(values);
}

function readOverride(values: ReadonlyMap<string, string>): Override {
  const [name, size] = [values.get('path'), values.get('size')];
  if ([...values.keys()].some((key) => key.startsWith('GNU.sparse.'))) {
    throw new UnpackError('The archive has a sparse file, which is not taken');
  }
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw new UnpackError('The archive has a damaged header');
  return { ...(name !== undefined && { name }), ...(size !== undefined && { sizeBytes: Number(size) }) };
}
