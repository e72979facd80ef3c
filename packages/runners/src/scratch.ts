/** Folders for what one piece of work reads and writes. Their names say whose they are, so that what a killed process left is found. */
import { readlinkSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './alive.ts';

/** Numbers of processes mean something within their namespace only: containers may share a folder for temporary files. */
const NAMESPACE = pidNamespace();
const NAME = /^plexus-[a-z]+-(?<namespace>\d+)-(?<pid>\d+)-[^-]+$/;

/** Makes an empty folder, open to this user alone, for whoever removes it. */
export async function makeScratch(use: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `plexus-${use}-${NAMESPACE}-${process.pid}-`));
}

/** Does some work with an empty folder, which is gone after it. */
export async function inScratch<T>(use: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeScratch(use);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Never rejects. Removes this user's folders whose processes are gone: they were killed, and clients' files may be in them.
 *
 * @returns the removed ones
 */
export async function sweepScratch(): Promise<readonly string[]> {
  const folders = (await readdir(tmpdir()).catch(() => [])).filter(isLeftBehind).map((name) => join(tmpdir(), name));
  const removed = await Promise.all(folders.map(removeOwn));
  return removed.flatMap((folder) => folder ?? []);
}

function isLeftBehind(name: string): boolean {
  const { namespace, pid } = NAME.exec(name)?.groups ?? {};
  return namespace === NAMESPACE && !isAlive(Number(pid));
}

async function removeOwn(folder: string): Promise<string | undefined> {
  try {
    const { uid } = await lstat(folder);
    if (uid !== (process.getuid?.() ?? uid)) return undefined;
    await rm(folder, { recursive: true, force: true });
    return folder;
  } catch {
    // Somebody else was quicker, or it is not to be removed.
    return undefined;
  }
}

/** 0 where there are none. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}
