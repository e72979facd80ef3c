import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts a file in the place of its name, whole or not at all, on disk when this resolves. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Writes a small file, whole or not at all, on disk when this resolves. */
export async function writeDurably(text: string, draft: string, to: string): Promise<void> {
  try {
    await writeSynced(draft, text);
    await moveDurably(draft, to);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Writes a small file that only its owner may read, on disk when this resolves. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Names that were given in a folder are on disk when this resolves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
