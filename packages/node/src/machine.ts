import { availableParallelism, totalmem } from 'node:os';
import type { NodeRegister } from '@plexus/protocol';
import { askDriver, gpuLines } from './graphics-driver.ts';

/** What a machine has. */
export type Machine = NonNullable<NonNullable<NodeRegister['protocol']>['resources']>;

const MIB = 1024 ** 2;

/** Looks what this machine has: what a control group leaves of its memory, and graphics processors of NVIDIA. */
export async function examineMachine(): Promise<Machine> {
  // What a control group allows; more than there is, or 0, where there is none.
  const allowed = process.constrainedMemory();
  const total = totalmem();
  return {
    cpu_millis: availableParallelism() * 1000,
    memory_bytes: allowed > 0 && allowed < total ? allowed : total,
    gpus: await findGpus(),
  };
}

async function findGpus(): Promise<Machine['gpus']> {
  try {
    return readGpus(await askDriver('name,memory.total'));
  } catch {
    // No driver, or one that does not work: then nothing could be run on it either.
    return [];
  }
}

/** Reads a line for each, for example `NVIDIA GeForce RTX 4090, 24564`; memory in MiB. */
export function readGpus(text: string): Machine['gpus'] {
  return gpuLines(text).map((line) => {
    const at = line.lastIndexOf(',');
    const mib = Number(line.slice(at + 1));
    return { name: line.slice(0, at).trim().slice(0, 200), memory_bytes: Number.isFinite(mib) ? mib * MIB : 0 };
  });
}
