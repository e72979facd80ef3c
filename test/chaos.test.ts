/**
 * The fault suite in short: each fault that needs neither root nor Debian's packages, once or a few times, to one real
 * network. `npm run chaos` is the whole.
 */
import { expect, it } from 'vitest';
import { isBuilt } from '@plexus/testkit/program';
import { FAULTS } from '../chaos/faults/index.ts';
import { playSeries } from '../chaos/series.ts';

const SEED = 20_261_125;
const KILLS = 1;
/** Restarts take their time where other tests run beside this one. */
const LIMIT_MS = 180_000;

const faults = FAULTS.filter(({ needsDatabase, needsSmallDisk }) => !needsDatabase && !needsSmallDisk);

it.skipIf(!isBuilt)(
  'kills, standstills, set clocks, bad connections and hostile nodes cost nobody anything',
  async () => {
    const timesOf = ({ isKill }: { readonly isKill: boolean }) => (isKill ? KILLS : 1);
    const options = { seed: SEED, pace: 'brief', engine: 'upstream', database: undefined, timesOf } as const;
    const { results } = await playSeries(faults, options);
    expect(
      results.flatMap(({ violations }) => violations),
      `seed ${SEED}`,
    ).toEqual([]);
    expect(results.map(({ fault, rounds }) => [fault, rounds.length])).toEqual(
      faults.map((fault) => [fault.name, timesOf(fault)]),
    );
  },
  LIMIT_MS,
);
