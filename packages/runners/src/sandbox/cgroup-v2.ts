import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@plexus/protocol';
import { type Cgroup, type CgroupLimits, type CgroupParent, countIn, CPU_PERIOD_US, cpuQuotaUs } from './cgroup.ts';
import {
  killOneByOne,
  makeOwnFolder,
  newOwnName,
  processesIn,
  readOptional,
  removeGroup,
  removeTree,
  writeOptional,
} from './cgroup-files.ts';

const CONTROLLERS = ['memory', 'pids', 'cpu'] as const;
/** Where processes go that stand in the way: a group that has groups with limits may have no processes of its own. */
const LEAF = 'plexus-rest';

/**
 * Groups of the second version.
 *
 * @param folders in which groups may be made, the best first
 * @throws {Error} when none of them can be used
 */
export async function openCgroupV2(folders: readonly string[]): Promise<CgroupParent> {
  let reason: unknown = new Error('they are not mounted');
  for (const folder of folders) {
    try {
      return await openIn(folder);
    } catch (error) {
      reason = error;
    }
  }
  const why = reason instanceof Error ? reason.message : String(reason);
  throw new Error(`control groups cannot be used: ${why}`, { cause: reason });
}

async function openIn(folder: string): Promise<CgroupParent> {
  await delegate(folder);
  const parent = await makeOwnFolder(folder, newOwnName());
  await writeControllers(parent);
  return {
    version: 2,
    create: (name, limits) => createGroup(join(parent, name), limits),
    close: () => removeTree(parent),
  };
}

/** Lets groups of this folder have limits of their own. */
async function delegate(folder: string): Promise<void> {
  const wordsIn = async (name: string) => (await readFile(join(folder, name), 'utf8')).split(/\s+/);
  const [has, gives] = [await wordsIn('cgroup.controllers'), await wordsIn('cgroup.subtree_control')];
  const missing = CONTROLLERS.filter((controller) => !has.includes(controller));
  if (missing.length > 0) throw new Error(`${folder} has no ${missing.join(', ')}`);
  if (CONTROLLERS.every((controller) => gives.includes(controller))) return;
  try {
    await writeControllers(folder);
  } catch (error) {
    if (!hasCode(error, 'EBUSY')) throw error;
    await emptyInto(folder, join(folder, LEAF));
    await writeControllers(folder);
  }
}

async function writeControllers(folder: string): Promise<void> {
  const wanted = CONTROLLERS.map((controller) => `+${controller}`).join(' ');
  await writeFile(join(folder, 'cgroup.subtree_control'), wanted);
}

async function emptyInto(folder: string, leaf: string): Promise<void> {
  await mkdir(leaf, { recursive: true });
  for (const pid of await processesIn(folder)) await writeFile(join(leaf, 'cgroup.procs'), String(pid));
}

async function createGroup(group: string, limits: CgroupLimits): Promise<Cgroup> {
  await mkdir(group);
  await limit(group, limits);
  async function kill(): Promise<void> {
    await writeOptional(join(group, 'cgroup.kill'), '1');
    await killOneByOne(group);
  }
  return {
    joinFiles: [join(group, 'cgroup.procs')],
    usage: () => usageOf(group),
    kill,
    async remove() {
      await kill();
      await removeGroup(group);
    },
  };
}

/** Source: Documentation/admin-guide/cgroup-v2.rst. */
async function limit(group: string, { memoryBytes, processes, cpuMillis }: CgroupLimits): Promise<void> {
  await writeFile(join(group, 'memory.max'), String(memoryBytes));
  await writeOptional(join(group, 'memory.swap.max'), '0');
  await writeOptional(join(group, 'memory.oom.group'), '1');
  await writeFile(join(group, 'pids.max'), String(processes));
  await writeFile(join(group, 'cpu.max'), `${cpuQuotaUs(cpuMillis)} ${CPU_PERIOD_US}`);
}

async function usageOf(group: string) {
  const peak = Number(await readOptional(join(group, 'memory.peak')));
  const cpuUs = countIn(await readOptional(join(group, 'cpu.stat')), 'usage_usec');
  return {
    peakMemoryBytes: peak > 0 ? peak : undefined,
    cpuMs: cpuUs > 0 ? Math.round(cpuUs / 1000) : undefined,
    memoryKills: countIn(await readOptional(join(group, 'memory.events')), 'oom_kill'),
    processRefusals: countIn(await readOptional(join(group, 'pids.events')), 'max'),
  };
}
