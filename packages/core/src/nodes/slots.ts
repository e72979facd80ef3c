import type { ReadyIndex } from '../scheduling/ready-index.ts';
import type { LiveNode } from './live-node.ts';

/** The places of connected nodes: each lease takes one. */
export interface Slots {
  takeSlot(node: LiveNode, service: string, jobId: string): void;
  /** Does nothing for a lease that was freed before. */
  freeSlot(node: LiveNode, service: string, jobId: string): void;
  /** Says how many more jobs a node takes now. */
  offerPlaces(node: LiveNode, places: number): void;
}

export function createSlots(index: ReadyIndex, isConnected: (node: LiveNode) => boolean): Slots {
  function offerPlaces(node: LiveNode, places: number): void {
    const wasOpen = node.openPlaces > 0;
    node.openPlaces = places;
    if (wasOpen === places > 0 || !isConnected(node)) return;
    for (const service of node.services.keys()) index.refresh(node, service);
  }

  return {
    offerPlaces,

    takeSlot(node, service, jobId) {
      node.leases.set(jobId, service);
      if (countActive(node, service, 1)) index.refresh(node, service);
      offerPlaces(node, node.openPlaces - 1);
    },

    freeSlot(node, service, jobId) {
      if (!node.leases.delete(jobId)) return;
      if (countActive(node, service, -1) && isConnected(node)) index.refresh(node, service);
    },
  };
}

/** @returns whether the service has become full, or is no longer */
function countActive(node: LiveNode, service: string, change: 1 | -1): boolean {
  const slots = node.services.get(service);
  if (!slots) return false;
  const wasFull = slots.active >= slots.concurrency;
  slots.active = Math.max(0, slots.active + change);
  return wasFull !== slots.active >= slots.concurrency;
}
