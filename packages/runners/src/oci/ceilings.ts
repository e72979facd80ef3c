import { readFile } from 'node:fs/promises';
import type { Ceilings } from './create-body.ts';

/** More is of no use to a container. */
const OPEN_FILES = 16_384;
const PROCESSES = 4096;

/** What this process may hand on: its own hard limits, within reason. */
export async function findCeilings(): Promise<Ceilings> {
  return ceilingsIn(await readFile('/proc/self/limits', 'utf8').catch(() => ''));
}

/** @param limits the text of /proc/self/limits */
export function ceilingsIn(limits: string): Ceilings {
  return {
    openFiles: Math.min(OPEN_FILES, hardLimit(limits, 'Max open files')),
    processes: Math.min(PROCESSES, hardLimit(limits, 'Max processes')),
  };
}

function hardLimit(limits: string, name: string): number {
  const line = limits.split('\n').find((one) => one.startsWith(name));
  const [, hard = 'unlimited'] = line?.slice(name.length).trim().split(/\s+/) ?? [];
  return hard === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(hard);
}
