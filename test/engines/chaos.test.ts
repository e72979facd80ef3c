/** The faults that need more than npm gives: a disk that only root can fill, the real llama.cpp, PostgreSQL. */
import { expect, it } from 'vitest';
import { FAULTS } from '../../chaos/faults/index.ts';
import type { Database } from '../../chaos/network.ts';
import { ownDatabase } from '../../chaos/postgres.ts';
import { playSeries } from '../../chaos/series.ts';
import { startPostgres } from '../support/postgres.mjs';

const SEED = 20_261_125;
const KILLS = 3;
const LIMIT_MS = 180_000;

/** Does these faults, kills several times and others once, and expects that every invariant holds. */
async function survive(names: readonly string[], engine: 'llama' | 'upstream', database?: Database): Promise<void> {
  const faults = FAULTS.filter(({ name }) => names.includes(name));
  const timesOf = ({ isKill }: { readonly isKill: boolean }) => (isKill ? KILLS : 1);
  const { results } = await playSeries(faults, { seed: SEED, pace: 'brief', engine, database, timesOf });
  expect(
    results.flatMap(({ violations }) => violations),
    `seed ${SEED}`,
  ).toEqual([]);
  expect(results.map(({ fault, rounds }) => [fault, rounds.length])).toEqual(
    faults.map((fault) => [fault.name, timesOf(fault)]),
  );
}

const BARE = FAULTS.filter(({ needsDatabase, needsSmallDisk }) => !needsDatabase && !needsSmallDisk);

it(
  'kills, standstills, set clocks, bad connections and hostile nodes cost nobody anything',
  () =>
    survive(
      BARE.map(({ name }) => name),
      'upstream',
    ),
  LIMIT_MS,
);

it('a full disk costs nobody anything', () => survive(['full-disk'], 'llama'), LIMIT_MS);

it(
  'greedy answers of the real engine stay the same, whichever nodes are killed while they make them',
  () => survive(['kill-node', 'kill-coordinator'], 'llama'),
  LIMIT_MS,
);

it(
  'PostgreSQL that is killed or stands still costs nobody anything, and a coordinator that is killed over it neither',
  async () => {
    const server = await startPostgres();
    try {
      await survive(['kill-coordinator', 'kill-database', 'stop-database'], 'upstream', ownDatabase(server));
    } finally {
      await server.stop();
    }
  },
  LIMIT_MS,
);
