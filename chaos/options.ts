/** The command line of the fault suite. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { FAULTS } from './faults/index.ts';
import type { Fault } from './faults/fault.ts';

const NAMES = FAULTS.map(({ name }) => name);
const DEFAULT_KILLS = '10';
/** Other faults take longer and are done so many times less often. */
const KILLS_PER_OTHER = 10;
const MAX_SEED = 2 ** 31;

export const USAGE = `Starts a real network under mixed load, does faults to it, and checks from outside that nothing was lost.

npm run chaos -- [options]

  --kills <n>        SIGKILLs of each part (default ${DEFAULT_KILLS}); other faults a tenth as often, once at least
  --only <fault>     only this fault, repeatable, or several with commas between:
                     ${NAMES.slice(0, 6).join(', ')},
                     ${NAMES.slice(6, 11).join(', ')},
                     ${NAMES.slice(11).join(', ')}
  --seed <n>         the same faults at the same moments to the same parts (default: any; it is printed)
  --database <which> sqlite (default); postgres: a PostgreSQL server of its own, which is killed and stopped too;
                     postgres://…: that server, which is left alone
  --engine <which>   llama: llama.cpp with the built-in model (default where it is installed); upstream: a small server
  --out <folder>     write latest.md and latest.json here (default chaos/results)
  --help             this

Ends with exit code 1 when an invariant did not hold; the seed and the evidence are printed then. full-disk needs root.
`;

export interface Options {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** `sqlite`, `postgres`, or the URL of a server. */
  readonly database: string;
  readonly engine: 'llama' | 'upstream' | undefined;
  readonly out: string;
  readonly kills: number;
}

/**
 * @returns nothing when help is asked for
 * @throws {Error} for what is not understood
 */
export function readOptions(args: readonly string[], out: string): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: DEFAULT_KILLS },
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      database: { type: 'string', default: 'sqlite' },
      engine: { type: 'string' },
      out: { type: 'string', default: out },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    seed: values.seed === undefined ? randomInt(MAX_SEED) : natural(values.seed, '--seed'),
    faults: chosen(values.only.flatMap((names) => names.split(','))),
    database: databaseOf(values.database),
    engine: engineOf(values.engine),
    out: values.out,
    kills: natural(values.kills, '--kills'),
  };
}

/** How often a fault is done. */
export function timesOf(kills: number): (fault: Fault) => number {
  return ({ isKill }) => (isKill ? kills : Math.max(1, Math.round(kills / KILLS_PER_OTHER)));
}

function chosen(names: readonly string[]): readonly Fault[] {
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`There is no fault "${unknown}"; there are ${NAMES.join(', ')}`);
  return names.length === 0 ? FAULTS : FAULTS.filter(({ name }) => names.includes(name));
}

function databaseOf(text: string): string {
  if (text === 'sqlite' || text === 'postgres' || /^postgres(ql)?:\/\//.test(text)) return text;
  throw new Error(`--database takes sqlite, postgres or postgres://…, not "${text}"`);
}

function engineOf(text: string | undefined): Options['engine'] {
  if (text === undefined || text === 'llama' || text === 'upstream') return text;
  throw new Error(`--engine takes llama or upstream, not "${text}"`);
}

function natural(text: string, option: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Error(`${option} takes whole numbers, not "${text}"`);
}
