/** The fault suite in short: kills of a real network. `npm run test:engines` has every fault, `npm run chaos` the whole. */
import { expect, it } from 'vitest';
import { isBuilt } from '@plexus/testkit/program';
import { FAULTS } from '../chaos/faults/index.ts';
import { playSeries } from '../chaos/series.ts';

const SEED = 20_261_125;
const KILLS = 2;
/** Restarts take their time where other tests run beside this one. */
const LIMIT_MS = 180_000;

const faults = FAULTS.filter(({ isKill, needsDatabase }) => isKill && !needsDatabase);

it.skipIf(!isBuilt)(
  'kills cost nobody anything',
  async () => {
    const timesOf = () => KILLS;
    const options = { seed: SEED, pace: 'brief', engine: 'upstream', database: undefined, timesOf } as const;
    const { results } = await playSeries(faults, options);
    expect(
      results.flatMap(({ violations }) => violations),
      `seed ${SEED}`,
    ).toEqual([]);
    expect(results.map(({ fault, rounds }) => [fault, rounds.length])).toEqual(faults.map(({ name }) => [name, KILLS]));
  },
  LIMIT_MS,
);
