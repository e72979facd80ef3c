import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import type { Conditions } from '../wire/conditions.ts';
import type { Proxy } from '../wire/proxy.ts';
import { sleep } from '../wait.ts';
import { everybody, hitThrough, type Injection } from './fault.ts';

/** A way to the coordinator: that of one node, or that of all clients. */
interface Way {
  readonly proxy: Proxy;
  readonly nodeName?: string;
}

export function pickWay({ network }: Scene, random: Random): Way {
  const node = random.pick(['clients' as const, ...network.nodes]);
  return node === 'clients' ? { proxy: network.clients } : { proxy: node.way, nodeName: node.name };
}

/** Calls that go over the way, or whose job's node does. */
export function hitOn(scene: Scene, { nodeName }: Way, from: number, to: number): Injection['isHit'] {
  return nodeName === undefined ? everybody : hitThrough(scene, nodeName, from, to);
}

/** Makes a way bad for a while. */
export async function worsen(scene: Scene, way: Way, to: Partial<Conditions>, forMs: number): Promise<Injection> {
  const at = performance.now();
  way.proxy.become(to);
  await sleep(forMs);
  way.proxy.become({});
  const until = performance.now();
  return { at, until, isHit: hitOn(scene, way, at, until) };
}
