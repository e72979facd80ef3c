import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inScratch } from './scratch.ts';

/**
 * A file that has no name any more. Standard input must be a file: Node's pipes are sockets, and a program that opens
 * /dev/stdin by its name cannot open a socket. Any user who is handed the file may read it.
 */
export async function unlinkedFile(text: string): Promise<FileHandle> {
  return await inScratch('input', async (folder) => {
    const path = join(folder, 'input');
    await writeFile(path, text, { mode: 0o644 });
    return await open(path, 'r');
  });
}
