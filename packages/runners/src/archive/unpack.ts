import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FolderWriter, type UnpackedFile, type UnpackLimits } from './folder-writer.ts';
import { unpackTar } from './tar.ts';
import { UnpackError } from './unpack-error.ts';
import { unpackZip } from './zip.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const EMPTY_ZIP = Buffer.from('PK\x05\x06', 'latin1');

/**
 * Unpacks a tar, tar.gz or zip file from anybody into an empty folder; which of them it is shows in its first bytes.
 * What it has written before it fails is left to whoever made the folder.
 *
 * @throws {UnpackError}
 */
export async function unpackArchive(
  archivePath: string,
  folder: string,
  limits: UnpackLimits,
): Promise<readonly UnpackedFile[]> {
  const writer = new FolderWriter(folder, limits);
  const head = await headOf(archivePath);
  try {
    if (isAny(head, [ZIP, EMPTY_ZIP])) await unpackZip(archivePath, writer);
    else await unpackTar(isAny(head, [GZIP]) ? gunzipped(archivePath) : createReadStream(archivePath), writer);
  } catch (error) {
    throw isZlibError(error) ? new UnpackError('The archive is damaged', { cause: error }) : error;
  }
  return writer.files;
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(ZIP.length), 0, ZIP.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function isAny(head: Buffer, beginnings: readonly Buffer[]): boolean {
  return beginnings.some((beginning) => head.subarray(0, beginning.length).equals(beginning));
}

function gunzipped(path: string): Readable {
  // An error reaches whoever reads; the callback only keeps it from being thrown a second time.
  return pipeline(createReadStream(path), createGunzip(), () => undefined);
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR_STREAM_PREMATURE)/.test(String(error.code));
}
