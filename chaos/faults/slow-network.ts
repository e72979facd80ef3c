import type { Fault } from './fault.ts';
import { pickWay, worsen } from './ways.ts';

const SLOW_MS = { whole: 4000, brief: 800 };

export const slowNetwork: Fault = {
  name: 'slow-network',
  what: '20-300 ms of delay and 30-300 kB/s between a node or all clients and the coordinator, for 4 s',
  isKill: false,
  async inject(scene, random) {
    const conditions = {
      delayMs: random.between(20, 200),
      jitterMs: random.between(0, 100),
      bytesPerSecond: random.between(30_000, 300_000),
    };
    return await worsen(scene, pickWay(scene, random), conditions, SLOW_MS[scene.pace]);
  },
};
