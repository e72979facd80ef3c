import type { Invariant } from './invariant.ts';

/** No client saw anything that should not be: two jobs for one key, a wrong price, an answer that changed, no answer at all. */
export const callersContent: Invariant = {
  name: 'no client has a complaint',
  when: 'always',
  judge: ({ scene }) => scene.load.tally.complaints,
};
