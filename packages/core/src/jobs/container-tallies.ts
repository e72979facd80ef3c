import type { LiveJob } from './live-job.ts';
import { type PendingFor, usedAt } from './node-containers.ts';

const SERVICE = 'container';
const NONE: readonly string[] = [];

/**
 * What an open job counts for: the node whose containers it is for, and each of these containers. It does so from its
 * lease on, and one that was agreed with its node from the beginning.
 */
export function containerTallies({ job, node, ending }: Pick<LiveJob, 'job' | 'node' | 'ending'>): readonly string[] {
  const { service, demands, params } = job;
  if (service !== SERVICE || ending) return NONE;
  if (node) return talliesAt(node.record.id, usedAt(node, job));
  const [nodeId] = demands?.agreed && demands.only ? demands.only : [];
  if (nodeId === undefined) return NONE;
  const { containers } = params;
  return talliesAt(nodeId, Array.isArray(containers) ? [...new Set(containers.map(String))] : []);
}

function talliesAt(nodeId: string, containerIds: readonly string[]): readonly string[] {
  return [nodeTally(nodeId), ...containerIds.map((id) => containerTally(nodeId, id))];
}

/** Counts what `containerTallies` names. */
export function pendingIn(tallies: { readonly tallyOf: (name: string) => number }): PendingFor {
  return (nodeId, containerId) => tallies.tallyOf(containerTally(nodeId, containerId));
}

export function nodeTally(nodeId: string): string {
  return `containers of ${nodeId}`;
}

function containerTally(nodeId: string, containerId: string): string {
  return `containers of ${nodeId}\n${containerId}`;
}
