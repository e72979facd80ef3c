import { everybody, type Fault } from './fault.ts';
import { standStill } from './standstill.ts';

export const stopDatabase: Fault = {
  name: 'stop-database',
  what: 'SIGSTOP of PostgreSQL for 10 s',
  isKill: false,
  needsDatabase: true,
  inject: async (scene) => ({ ...(await standStill(scene.network.database, scene)), isHit: everybody }),
};
