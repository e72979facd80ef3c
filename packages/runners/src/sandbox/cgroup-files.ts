import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '@plexus/protocol';
import { isAlive } from '../alive.ts';

const POLL_MS = 10;
const END_MS = 5000;
/** Groups of one process of Plexus: they are its own while it lives, and nobody's after that. */
const OWN = /^plexus-(\d+)-/;

let count = 0;

/** A name for groups of this process, which no other one uses while it lives. */
export function newOwnName(): string {
  count += 1;
  return `plexus-${process.pid}-${count}`;
}

/** Makes a folder for groups, and removes those of processes that are gone. */
export async function makeOwnFolder(base: string, name: string): Promise<string> {
  const own = join(base, name);
  await mkdir(own);
  for (const name of await readdir(base)) {
    const pid = OWN.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await removeTree(join(base, name)).catch(() => undefined);
  }
  return own;
}

/** Removes a group without processes, and the groups in it; one that is not there is removed already. */
export async function removeTree(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return;
  for (const entry of entries) if (entry.isDirectory()) await rmdir(join(group, entry.name));
  await rmdir(group);
}

/** Processes that outer namespaces have put into a group show as 0 here, which to `kill` would be this process's own group. */
export async function processesIn(group: string): Promise<readonly number[]> {
  const text = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** Kills the processes of a group one by one, again and again, because they may beget others meanwhile. */
export async function killOneByOne(group: string): Promise<void> {
  await untilGone(async () => {
    const pids = await processesIn(group);
    for (const pid of pids) kill(pid);
    return pids.length === 0;
  });
}

/** Removes a group whose last processes are about to end. @throws {Error} when they do not in time */
export async function removeGroup(group: string): Promise<void> {
  let failure: unknown;
  const isRemoved = await untilGone(async () => {
    try {
      await rmdir(group);
      return true;
    } catch (error) {
      failure = error;
      return hasCode(error, 'ENOENT');
    }
  });
  if (!isRemoved) throw new Error(`The group ${group} cannot be removed`, { cause: failure });
}

export async function readOptional(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

/** Writes where the kernel has such a limit. */
export async function writeOptional(path: string, value: string): Promise<void> {
  await writeFile(path, value).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

async function untilGone(look: () => Promise<boolean>): Promise<boolean> {
  for (const endsAt = performance.now() + END_MS; performance.now() < endsAt; await sleep(POLL_MS)) {
    if (await look()) return true;
  }
  return false;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
