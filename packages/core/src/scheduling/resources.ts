import type { ResourceDemand } from '../jobs/job.ts';
import type { LiveNode } from '../nodes/live-node.ts';

const GIB = 1024 ** 3;

/** Of what a node has too little for a job, in words. */
export function missingResource({ resources }: LiveNode, demand: ResourceDemand): string | undefined {
  const { cpuMillis = 0, memoryBytes = 0, gpus = 0 } = demand;
  if (!resources) return 'does not say what processors and memory it has';
  if (resources.cpuMillis < cpuMillis) {
    return `has ${resources.cpuMillis / 1000} processors, ${cpuMillis / 1000} are asked for`;
  }
  if (resources.memoryBytes < memoryBytes) {
    return `has ${inGib(resources.memoryBytes)} GiB of memory, ${inGib(memoryBytes)} are asked for`;
  }
  const { length: own } = resources.gpus;
  return own < gpus ? `has ${own} graphics processors, ${gpus} are asked for` : undefined;
}

function inGib(bytes: number): number {
  return Math.round((bytes / GIB) * 100) / 100;
}
