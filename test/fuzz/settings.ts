/** How much is fuzzed, and from which seed: what a failure prints, so that it can be seen again. */

export interface FuzzRun {
  readonly seed: number;
  /** Multiplies the cases of every property. */
  readonly times: number;
}

/** The seed of a plain `npm test`, so that it says the same of the same code. */
const PLAIN_SEED = 20_260_115;
/** How much longer the long form is. */
const LONG_TIMES = 12;

/** As PLEXUS_FUZZ_SEED and PLEXUS_FUZZ_TIMES say; else always the same few seconds. */
export function plainRun(): FuzzRun {
  return { seed: numberOf('PLEXUS_FUZZ_SEED') ?? PLAIN_SEED, times: numberOf('PLEXUS_FUZZ_TIMES') ?? 1 };
}

/** Minutes, and another seed each time. */
export function longRun(): FuzzRun {
  const fresh = Math.floor(Math.random() * 2 ** 31);
  return { seed: numberOf('PLEXUS_FUZZ_SEED') ?? fresh, times: numberOf('PLEXUS_FUZZ_TIMES') ?? LONG_TIMES };
}

/** What fast-check is to be told. */
export function runOf({ seed, times }: FuzzRun, cases: number): { seed: number; numRuns: number } {
  return { seed, numRuns: Math.max(1, Math.round(cases * times)) };
}

function numberOf(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${name} must be a number, not "${text}"`);
}
