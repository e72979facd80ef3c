import { mustBecome } from '../wait.ts';
import { restartMeanwhile } from '../scene.ts';
import { type Fault, hitThrough } from './fault.ts';

const RESTART_MS = 60_000;

export const killNode: Fault = {
  name: 'kill-node',
  what: 'SIGKILL of one of three nodes',
  isKill: true,
  async inject(scene, random) {
    const up = () => scene.network.nodes.filter(({ isUp }) => isUp);
    await mustBecome('a node is up to be killed', () => up().length > 0, RESTART_MS);
    const victim = random.pick(up());
    const at = performance.now();
    const isHit = hitThrough(scene, victim.name, at, at);
    await victim.kill();
    restartMeanwhile(scene, victim);
    return { at, until: at, isHit };
  },
};
