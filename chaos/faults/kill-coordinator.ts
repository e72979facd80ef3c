import { everybody, type Fault } from './fault.ts';

export const killCoordinator: Fault = {
  name: 'kill-coordinator',
  what: 'SIGKILL of the coordinator',
  isKill: true,
  async inject({ network: { coordinator } }) {
    const at = performance.now();
    await coordinator.kill();
    await coordinator.restart();
    return { at, until: performance.now(), isHit: everybody };
  },
};
