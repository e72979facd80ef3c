import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { FolderWriter } from './folder-writer.ts';
import { UnpackError } from './unpack-error.ts';
import { contentStart, readZipDirectory, type ZipEntry } from './zip-directory.ts';

/**
 * Unpacks a zip file, as its central directory has it: files and folders only.
 *
 * @throws {UnpackError} for links, encryption, unsafe and repeated names, contents that are not as the directory says,
 *   and what is beyond the limits
 */
export async function unpackZip(path: string, writer: FolderWriter): Promise<void> {
  const file = await open(path, 'r');
  try {
    for (const entry of await readZipDirectory(file)) {
      if (entry.isFolder) await writer.addFolder(entry.name);
      else await takeFile(entry, { file, path, writer });
    }
  } finally {
    await file.close();
  }
}

interface Archive {
  readonly file: FileHandle;
  readonly path: string;
  readonly writer: FolderWriter;
}

async function takeFile(entry: ZipEntry, { file, path, writer }: Archive): Promise<void> {
  const start = await contentStart(file, entry);
  const target = await writer.addFile(entry.name, entry);
  let sizeBytes = 0;
  let checksum = 0;
  try {
    for await (const piece of contentOf(path, start, entry)) {
      sizeBytes += piece.length;
      if (sizeBytes > entry.sizeBytes) throw misnamed(entry);
      checksum = crc32(piece, checksum);
      await target.write(piece);
    }
  } finally {
    await target.close();
  }
  if (sizeBytes !== entry.sizeBytes || checksum !== entry.crc32) throw misnamed(entry);
}

async function* contentOf(path: string, start: number, entry: ZipEntry): AsyncGenerator<Buffer, void, undefined> {
  if (entry.packedBytes === 0) return;
  const packed = createReadStream(path, { start, end: start + entry.packedBytes - 1 });
  const content: Readable = entry.method === 0 ? packed : inflated(packed);
  for await (const piece of content) yield piece as Buffer;
}

function inflated(packed: Readable): Readable {
  // An error reaches whoever reads; the callback only keeps it from being thrown a second time.
  return pipeline(packed, createInflateRaw(), () => undefined);
}

function misnamed({ name }: ZipEntry): UnpackError {
  return new UnpackError(`The archive is damaged: "${name}" is not what its directory says`);
}
