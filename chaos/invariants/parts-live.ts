import type { Invariant } from './invariant.ts';

/** Only what was killed ends. */
export const partsLive: Invariant = {
  name: 'no part ended by itself',
  when: 'always',
  judge: ({ scene }) => scene.network.lost,
};
