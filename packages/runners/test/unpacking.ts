/** Unpacking of archives that a test has made. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { UnpackLimits } from '../src/archive/folder-writer.ts';
import { unpackArchive } from '../src/archive/unpack.ts';
import { UnpackError } from '../src/archive/unpack-error.ts';

export const LIMITS: UnpackLimits = { maxBytes: 100_000, maxEntries: 50, signal: new AbortController().signal };

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'plexus-unpack-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export async function unpack(archive: Buffer, limits = LIMITS) {
  const around = await folder();
  const target = join(around, 'target');
  await mkdir(target);
  await writeFile(join(around, 'archive'), archive);
  const files = await unpackArchive(join(around, 'archive'), target, limits);
  return { target, around, names: files.map(({ name }) => name).toSorted() };
}

export async function refusal(archive: Buffer, limits = LIMITS): Promise<string> {
  const error: unknown = await unpack(archive, limits).catch((reason: unknown) => reason);
  if (error instanceof UnpackError) return error.message;
  throw new Error(`expected an UnpackError, got ${JSON.stringify(error)}: ${String(error)}`);
}
