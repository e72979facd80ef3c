import type { Scene } from '../scene.ts';
import { type Behaviour, HostileNode } from '../hostile-node.ts';
import { until } from '../wait.ts';
import { hitThrough, type Injection } from './fault.ts';

/** More than any honest node has, so that it gets its share. */
const CONCURRENCY = 20;
const VISIT_MS = { whole: 5000, brief: 1500 };

let visits = 0;

/** What a hostile node does besides answering, while it is there. */
type Deed = (node: HostileNode) => Promise<void>;

export interface VisitOptions {
  readonly onTask: Behaviour;
  /** It goes when it has had so many tasks, or after some seconds. */
  readonly tasks: number;
  readonly deed?: Deed;
}

/** A hostile node comes, does what it does, and goes. */
export async function visit(scene: Scene, name: string, { onTask, tasks, deed }: VisitOptions): Promise<Injection> {
  const at = performance.now();
  const node = await HostileNode.join(scene.network, { name: `${name}-${++visits}`, concurrency: CONCURRENCY, onTask });
  try {
    await deed?.(node);
    await until(() => node.given.length >= tasks || node.closedBecause !== undefined, VISIT_MS[scene.pace]);
  } finally {
    await node.leave();
  }
  const end = performance.now();
  return { at, until: end, isHit: hitThrough(scene, node.name, at, end) };
}
