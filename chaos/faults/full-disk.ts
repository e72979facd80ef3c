import { empty, fill } from '../small-disk.ts';
import { sleep } from '../wait.ts';
import { everybody, type Fault } from './fault.ts';

const FULL_MS = { whole: 5000, brief: 1000 };

export const fullDisk: Fault = {
  name: 'full-disk',
  what: 'the disk of the books full for 5 s',
  isKill: false,
  needsSmallDisk: true,
  async inject({ network: { home }, pace }) {
    const at = performance.now();
    fill(home);
    await sleep(FULL_MS[pace]);
    empty(home);
    return { at, until: performance.now(), isHit: everybody };
  },
};
