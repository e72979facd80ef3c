import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Where programs are that a service's own PATH may leave out. */
const USUAL = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin'];

/** The path of a program, where it is installed. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...USUAL, ...(process.env['PATH'] ?? '').split(':')].filter((folder) => folder.startsWith('/'));
  for (const folder of folders) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
