import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../json-file.ts';

/**
 * A log that was begun anew on what a backup had of the one before. It has a name of its own, because that one may
 * have shown heads over more entries: no two heads of one log may contradict each other.
 */
export interface LogPeriod {
  readonly log_id: string;
  readonly previous_log_id: string;
  /** ISO text. */
  readonly began_at: string;
  /** Entries that it took over; not known before the coordinator has looked into its books. */
  readonly tree_size?: number;
}

/** Enough that no two logs of a key have the same name. */
const NAME_BYTES = 8;

function pathIn(home: string): string {
  return join(home, 'log.json');
}

/**
 * The logs of a home that were begun anew, oldest first; none where the first one goes on.
 *
 * @throws {Error} when the file is damaged: to take it for none would continue a log that is over
 */
async function readLogPeriods(home: string): Promise<readonly LogPeriod[]> {
  return (await readJsonFile(pathIn(home), areLogPeriods)) ?? [];
}

/** Begins a log anew; the coordinator goes on with it at its next start. */
export async function beginLog(home: string, keyId: string, now: Date): Promise<LogPeriod> {
  const before = await readLogPeriods(home);
  const period: LogPeriod = {
    log_id: `${keyId}.${randomBytes(NAME_BYTES).toString('hex')}`,
    previous_log_id: before.at(-1)?.log_id ?? keyId,
    began_at: now.toISOString(),
  };
  await writeJsonFile(pathIn(home), [...before, period]);
  return period;
}

/**
 * Notes how much the newest log took over, unless that is known; nothing where the first log goes on.
 *
 * @param begin done before it is noted
 */
export async function noteTreeSize(
  home: string,
  treeSize: number,
  begin: () => Promise<unknown>,
): Promise<Required<LogPeriod> | undefined> {
  const periods = await readLogPeriods(home);
  const newest = periods.at(-1);
  if (!newest) return undefined;
  const { tree_size = treeSize } = newest;
  const period = { ...newest, tree_size };
  if (newest.tree_size !== undefined) return period;
  await begin();
  await writeJsonFile(pathIn(home), [...periods.slice(0, -1), period]);
  return period;
}

function areLogPeriods(value: unknown): value is readonly LogPeriod[] {
  return Array.isArray(value) && value.every(isLogPeriod);
}

function isLogPeriod(value: unknown): value is LogPeriod {
  const { log_id, previous_log_id, began_at, tree_size } = (value ?? {}) as Partial<LogPeriod>;
  const isNamed = [log_id, previous_log_id, began_at].every((text) => typeof text === 'string');
  return isNamed && (tree_size === undefined || Number.isSafeInteger(tree_size));
}
