import { everybody, type Fault } from './fault.ts';
import { standStill } from './standstill.ts';

export const stopCoordinator: Fault = {
  name: 'stop-coordinator',
  what: 'SIGSTOP of the coordinator for 10 s',
  isKill: false,
  inject: async (scene) => ({ ...(await standStill(scene.network.coordinator, scene)), isHit: everybody }),
};
