import type { Invariant } from './invariant.ts';

/** No task is under two leases at once, as the wire between coordinator and nodes shows it. */
export const singleLease: Invariant = {
  name: 'none under two live leases',
  when: 'always',
  judge: ({ scene }) => scene.network.leases.violations(),
};
