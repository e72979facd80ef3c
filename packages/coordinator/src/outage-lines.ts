import { hasCode } from '@plexus/protocol';
import type { LogFn, LoggerOptions } from 'pino';

/** A database that stays away is told of again after so long. */
const SAY_AGAIN_MS = 60_000;

/** Goes with the line which says that the database is back: it gets how many were left out. */
export const OUTAGE_OVER = { outage: 'over' } as const;

/** … for now, or for good. */
const AWAY = ['unavailable', 'in_use', 'went_back', 'newer_schema'];
const FATAL = 60;

type LogMethod = NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']>;

/**
 * Leaves out what fails only because the database is away, once that is told: requests and what goes on by itself come
 * to hundreds of lines a second, all with the same cause.
 *
 * @param now milliseconds of a clock that nobody sets
 */
export function outageLines(now: () => number): LogMethod {
  let saidAt: number | undefined;
  let leftOut = 0;

  return function logMethod(args, method, level) {
    const [about, ...rest] = args as unknown as [unknown, ...string[]];
    if (about === OUTAGE_OVER) saidAt = undefined;
    else if (level >= FATAL || !isOfOutage(about)) return method.apply(this, args);
    else if (saidAt !== undefined && now() - saidAt < SAY_AGAIN_MS) return void leftOut++;
    else saidAt = now();
    const told: Parameters<LogFn> = [leftOut === 0 ? about : { ...(about as object), left_out: leftOut }, ...rest];
    leftOut = 0;
    return method.apply(this, told);
  };
}

function isOfOutage(about: unknown): boolean {
  const { err } = (about ?? {}) as { readonly err?: unknown };
  // Whoever logs does not load the books' package for that.
  return err instanceof Error && err.name === 'StorageError' && AWAY.some((code) => hasCode(err, code));
}
