import { type Fault, hitThrough } from './fault.ts';
import { standStill } from './standstill.ts';

export const stopNode: Fault = {
  name: 'stop-node',
  what: 'SIGSTOP of a node for 10 s',
  isKill: false,
  async inject(scene, random) {
    const node = random.pick(scene.network.nodes);
    const { at, until } = await standStill(node, scene);
    return { at, until, isHit: hitThrough(scene, node.name, at, until) };
  },
};
