import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A file that has no name any more. Standard input must be a file: Node's pipes are sockets, and a program that opens
 * /dev/stdin by its name cannot open a socket. Any user who is handed the file may read it.
 */
export async function unlinkedFile(text: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-input-'));
  try {
    const path = join(folder, 'input');
    await writeFile(path, text, { mode: 0o644 });
    return await open(path, 'r');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
