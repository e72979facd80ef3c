import type { Job } from './job.ts';

const SERVICE = 'container';

/** What an open job for a node's containers counts for: the node, and each of the containers. */
export function containerTallies({ service, params, demands }: Pick<Job, 'service' | 'params' | 'demands'>): string[] {
  const nodeId = demands?.only?.[0];
  if (service !== SERVICE || nodeId === undefined) return [];
  const { containers } = params;
  const ids = Array.isArray(containers) ? new Set(containers.map(String)) : [];
  return [nodeTally(nodeId), ...[...ids].map((id) => containerTally(nodeId, id))];
}

export function nodeTally(nodeId: string): string {
  return `containers of ${nodeId}`;
}

export function containerTally(nodeId: string, containerId: string): string {
  return `containers of ${nodeId}\n${containerId}`;
}
