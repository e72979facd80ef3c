import type { Fault } from './fault.ts';
import { pickWay, worsen } from './ways.ts';

/** Longer than the coordinator takes to find that a node has fallen silent, so that this is put to the test. */
const SILENT_NODE_MS = { whole: 22_000, brief: 1200 };
const SILENT_CLIENTS_MS = { whole: 5000, brief: 800 };

export const halfOpen: Fault = {
  name: 'half-open',
  what: 'nothing comes through between a node (22 s) or all clients (5 s) and the coordinator, and no connection ends',
  isKill: false,
  async inject(scene, random) {
    const way = pickWay(scene, random);
    const silentMs = way.nodeName === undefined ? SILENT_CLIENTS_MS : SILENT_NODE_MS;
    return await worsen(scene, way, { isStill: true }, silentMs[scene.pace]);
  },
};
