/** The faults that need more than npm gives: a disk that only root can fill, under streams of the real llama.cpp. */
import { expect, it } from 'vitest';
import { FAULTS } from '../../chaos/faults/index.ts';
import { playSeries } from '../../chaos/series.ts';

const SEED = 20_261_125;
const TIMES = 3;
const LIMIT_MS = 180_000;

it(
  'a disk that is full again and again costs nobody anything',
  async () => {
    const faults = FAULTS.filter(({ needsSmallDisk }) => needsSmallDisk);
    const options = { seed: SEED, pace: 'brief', engine: 'llama', database: undefined, timesOf: () => TIMES } as const;
    const { results } = await playSeries(faults, options);
    expect(
      results.flatMap(({ violations }) => violations),
      `seed ${SEED}`,
    ).toEqual([]);
    expect(results.map(({ fault, rounds }) => [fault, rounds.length])).toEqual([['full-disk', TIMES]]);
  },
  LIMIT_MS,
);

it(
  'killed nodes and coordinators cost no stream a word: greedy answers of the real engine stay the same',
  async () => {
    const faults = FAULTS.filter(({ name }) => name === 'kill-node' || name === 'kill-coordinator');
    const options = { seed: SEED, pace: 'brief', engine: 'llama', database: undefined, timesOf: () => TIMES } as const;
    const { results } = await playSeries(faults, options);
    expect(
      results.flatMap(({ violations }) => violations),
      `seed ${SEED}`,
    ).toEqual([]);
  },
  LIMIT_MS,
);
