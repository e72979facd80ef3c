/** How much is fuzzed, and from which seed: what a failure prints, so that it can be seen again. */
import { execFileSync } from 'node:child_process';

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

/** Minutes, and another seed for each state of the project: what passed once is not refused later by chance. */
export function longRun(): FuzzRun {
  return { seed: numberOf('PLEXUS_FUZZ_SEED') ?? seedOfTree(), times: numberOf('PLEXUS_FUZZ_TIMES') ?? LONG_TIMES };
}

/** From the hash of all files at the last commit, whoever made it and when; a copy without history has the plain one. */
function seedOfTree(): number {
  try {
    const hash = execFileSync('git', ['rev-parse', 'HEAD^{tree}'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number.parseInt(hash.slice(0, 7), 16);
  } catch {
    return PLAIN_SEED;
  }
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
