import type { Fault } from './fault.ts';
import { hitOn, pickWay } from './ways.ts';

export const cutNetwork: Fault = {
  name: 'cut-network',
  what: 'every connection of a node or of all clients reset',
  isKill: false,
  async inject(scene, random) {
    const way = pickWay(scene, random);
    const at = performance.now();
    const isHit = hitOn(scene, way, at, at);
    way.proxy.cut();
    return { at, until: at, isHit };
  },
};
