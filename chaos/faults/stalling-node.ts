import type { HostileNode } from '../hostile-node.ts';
import { must } from '../http.ts';
import type { Scene } from '../scene.ts';
import type { Fault } from './fault.ts';
import { visit } from './visit.ts';

const TASKS = 20;
const TIMEOUT_SECONDS = 1;
/** What the end of a job may take beyond its deadline, with two busy cores. */
const GRACE_MS = 2000;

export const stallingNode: Fault = {
  name: 'stalling-node',
  what: 'a node that takes tasks and never answers',
  isKill: false,
  inject: (scene) =>
    visit(scene, 'staller', { tasks: TASKS, onTask: () => undefined, deed: (node) => timeOut(scene, node) }),
};

/** A job that only this node may do must end at its deadline. */
async function timeOut({ network, load }: Scene, { nodeId }: HostileNode): Promise<void> {
  const key = network.operatorKey;
  const begunAt = performance.now();
  const job = { service: 'echo', content: 'in vain', routing: { only: [nodeId] }, timeout_seconds: TIMEOUT_SECONDS };
  const { id } = await must(`${network.url}/plexus/v1/jobs`, { key, body: job });
  const { state } = await must(`${network.url}/plexus/v1/jobs/${id}?wait_seconds=10`, { key });
  const lateMs = performance.now() - begunAt - TIMEOUT_SECONDS * 1000;
  if (state !== 'timed_out' || lateMs > GRACE_MS) {
    load.tally.complain(`job ${id} at a stalling node was ${state} ${Math.round(lateMs)} ms after its deadline`);
  }
}
