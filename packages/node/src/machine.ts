import { execFile } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { NodeRegister } from '@plexus/protocol';

/** What a machine has. */
export type Machine = NonNullable<NonNullable<NodeRegister['protocol']>['resources']>;

/** A driver that does not answer by then counts as none. */
const DRIVER_TIMEOUT_MS = 5000;
const MIB = 1024 ** 2;
/** The most graphics processors that a node may say it has. */
const MAX_GPUS = 64;
/** Source: nvidia-smi --help-query-gpu. */
const QUERY = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];

const run = promisify(execFile);

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
    const { stdout } = await run('nvidia-smi', QUERY, { timeout: DRIVER_TIMEOUT_MS });
    return readGpus(stdout);
  } catch {
    // No driver, or one that does not work: then nothing could be run on it either.
    return [];
  }
}

/** Reads a line for each, for example `NVIDIA GeForce RTX 4090, 24564`; memory in MiB. */
export function readGpus(text: string): Machine['gpus'] {
  const lines = text.split('\n').filter((line) => line.includes(','));
  return lines.slice(0, MAX_GPUS).map((line) => {
    const at = line.lastIndexOf(',');
    const mib = Number(line.slice(at + 1));
    return { name: line.slice(0, at).trim().slice(0, 200), memory_bytes: Number.isFinite(mib) ? mib * MIB : 0 };
  });
}
