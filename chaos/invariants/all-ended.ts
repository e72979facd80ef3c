import type { Invariant } from './invariant.ts';

/** What a standstill of 10 s and a restart may add to a deadline, because nothing can end a job meanwhile. */
const GRACE_MS = 15_000;

/** Every task ends, and within its deadline. */
export const allEnded: Invariant = {
  name: 'every task ended within its deadline',
  when: 'at rest',
  asks: {
    open: `SELECT id, state, service FROM job WHERE ended_at IS NULL OR state IN ('queued', 'running')`,
    late: `SELECT id, state, ended_at - deadline_at AS late FROM job WHERE ended_at - deadline_at > ${GRACE_MS}`,
  },
  judge({ scene, rows }) {
    const open = rows('open').map(({ id, state, service }) => `${service} job ${id} is still ${state}`);
    // Times of two clocks cannot be compared; there the clients' own patience must do.
    const late = scene.hasSetClocks
      ? []
      : rows('late').map(({ id, state, late: ms }) => `job ${id} was ${state} ${ms} ms late`);
    return [...open, ...late];
  },
};
