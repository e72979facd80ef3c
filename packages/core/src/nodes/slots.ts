import type { ReadyIndex } from '../scheduling/ready-index.ts';
import type { LiveNode } from './live-node.ts';

/** The places of connected nodes: each lease takes one. */
export interface Slots {
  takeSlot(node: LiveNode, service: string, jobId: string): void;
  /** Does nothing for a lease that was freed before. */
  freeSlot(node: LiveNode, service: string, jobId: string): void;
}

export function createSlots(index: ReadyIndex, isConnected: (node: LiveNode) => boolean): Slots {
  return {
    takeSlot(node, service, jobId) {
      node.leases.add(jobId);
      countActive(node, service, 1);
      index.refresh(node, service);
    },

    freeSlot(node, service, jobId) {
      if (!node.leases.delete(jobId)) return;
      countActive(node, service, -1);
      if (isConnected(node)) index.refresh(node, service);
    },
  };
}

function countActive(node: LiveNode, service: string, change: 1 | -1): void {
  const slots = node.services.get(service);
  if (slots) slots.active = Math.max(0, slots.active + change);
}
