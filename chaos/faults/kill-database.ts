import { everybody, type Fault } from './fault.ts';

export const killDatabase: Fault = {
  name: 'kill-database',
  what: 'SIGKILL of PostgreSQL',
  isKill: true,
  needsDatabase: true,
  async inject({ network: { database } }) {
    const at = performance.now();
    await database?.kill();
    await database?.restart();
    return { at, until: performance.now(), isHit: everybody };
  },
};
