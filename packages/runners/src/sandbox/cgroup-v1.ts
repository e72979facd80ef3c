import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cgroup, type CgroupLimits, type CgroupParent, countIn, CPU_PERIOD_US, cpuQuotaUs } from './cgroup.ts';
import {
  killOneByOne,
  makeOwnFolder,
  newOwnName,
  readOptional,
  removeGroup,
  removeTree,
  writeOptional,
} from './cgroup-files.ts';

const CONTROLLERS = ['memory', 'pids', 'cpu'] as const;
type Controller = (typeof CONTROLLERS)[number];

/** Folders of one controller in which groups may be made: where this process is, and the controller's root. */
export type ControllerFolders = ReadonlyMap<string, readonly string[]>;

/**
 * Groups of the first version: one for each controller.
 *
 * @throws {Error} when one of memory, pids and cpu is not there, or may not be used
 */
export async function openCgroupV1(folders: ControllerFolders): Promise<CgroupParent> {
  const parents = { memory: '', pids: '', cpu: '' };
  const name = newOwnName();
  for (const controller of CONTROLLERS) {
    parents[controller] = await firstUsable(controller, folders.get(controller) ?? [], name);
  }
  return {
    version: 1,
    create: (name, limits) => createGroup(parents, name, limits),
    async close() {
      for (const controller of CONTROLLERS) await removeTree(parents[controller]);
    },
  };
}

async function firstUsable(controller: Controller, candidates: readonly string[], name: string): Promise<string> {
  let reason: unknown = new Error('the kernel does not have it, or it is not mounted');
  for (const folder of candidates) {
    try {
      return await makeOwnFolder(folder, name);
    } catch (error) {
      reason = error;
    }
  }
  const why = reason instanceof Error ? reason.message : String(reason);
  throw new Error(`the control group "${controller}" cannot be used: ${why}`, { cause: reason });
}

type Groups = Readonly<Record<Controller, string>>;

async function createGroup(parents: Groups, name: string, limits: CgroupLimits): Promise<Cgroup> {
  const { memory, pids, cpu } = parents;
  const groups: Groups = { memory: join(memory, name), pids: join(pids, name), cpu: join(cpu, name) };
  for (const controller of CONTROLLERS) await mkdir(groups[controller]);
  await limit(groups, limits);
  return {
    joinFiles: CONTROLLERS.map((controller) => join(groups[controller], 'cgroup.procs')),
    usage: () => usageOf(groups),
    kill: () => killOneByOne(groups.pids),
    async remove() {
      await killOneByOne(groups.pids);
      for (const controller of CONTROLLERS) await removeGroup(groups[controller]);
    },
  };
}

/** Source: Documentation/admin-guide/cgroup-v1/memory.rst, pids.rst; Documentation/scheduler/sched-bwc.rst. */
async function limit({ memory, pids, cpu }: Groups, limits: CgroupLimits): Promise<void> {
  const { memoryBytes, processes, cpuMillis } = limits;
  await writeFile(join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
  await writeOptional(join(memory, 'memory.memsw.limit_in_bytes'), String(memoryBytes));
  await writeFile(join(pids, 'pids.max'), String(processes));
  await writeFile(join(cpu, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
  await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(cpuQuotaUs(cpuMillis)));
}

async function usageOf({ memory, pids, cpu }: Groups) {
  const peak = Number(await readOptional(join(memory, 'memory.max_usage_in_bytes')));
  const cpuNs = Number(await readOptional(join(cpu, 'cpuacct.usage')));
  return {
    peakMemoryBytes: peak > 0 ? peak : undefined,
    cpuMs: cpuNs > 0 ? Math.round(cpuNs / 1e6) : undefined,
    memoryKills: countIn(await readOptional(join(memory, 'memory.oom_control')), 'oom_kill'),
    processRefusals: countIn(await readOptional(join(pids, 'pids.events')), 'max'),
  };
}
