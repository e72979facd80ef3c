import { stat, statfs } from 'node:fs/promises';
import type { BooksLoad } from '@plexus/core';

/** Bytes of a SQLite database and of its write-ahead log, and what its disk has free. */
export async function diskUseOf(path: string): Promise<Pick<BooksLoad, 'databaseBytes' | 'walBytes' | 'freeBytes'>> {
  const [databaseBytes, walBytes, { bavail, bsize }] = await Promise.all([
    sizeOf(path),
    sizeOf(`${path}-wal`),
    statfs(path),
  ]);
  return { databaseBytes, walBytes, freeBytes: bavail * bsize };
}

/** There is no log before the first write, nor after the last connection has closed. */
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
