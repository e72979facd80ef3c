import { sleep } from '../wait.ts';
import { everybody, type Fault } from './fault.ts';

const OFFSETS_SECONDS = [-86_400, -3600, -60, -2, 2, 60, 3600, 86_400];
/** Long enough for the coordinator's next look at its nodes, every 5 s. */
const HOLD_MS = { whole: { from: 1000, to: 7000 }, brief: { from: 200, to: 500 } };

export const clock: Fault = {
  name: 'clock',
  what: 'the clock of the coordinator or a node set by 2 s to a day, forth or back, and set right again',
  isKill: false,
  async inject(scene, random) {
    const { coordinator, nodes, leases } = scene.network;
    const part = random.pick([coordinator, coordinator, ...nodes]);
    const hold = HOLD_MS[scene.pace];
    scene.hasSetClocks = true;
    const closings = leases.closings.length;
    const at = performance.now();
    part.setClock(random.pick(OFFSETS_SECONDS) * 1000);
    await sleep(random.between(hold.from, hold.to));
    part.setClock(0);
    const lost = leases.closings.slice(closings);
    if (lost.length > 0) scene.load.tally.complain(`a clock that was set cost ${lost.join(', ')} the connection`);
    return { at, until: performance.now(), isHit: everybody };
  },
};
