import { type PollResult, type PollFailure, readStats } from '@plexus/core';
import { type Egress, EgressError, type EgressErrorCode } from '@plexus/egress';
import { hasCode, parseJson } from '@plexus/protocol';

/** Source: contract/cocoon.md, "Where worker numbers come from": every 15 s, 5 s to answer. */
const POLL_TIMEOUT_MS = 5000;
const MAX_STATS_BYTES = 256 * 1024;

/** Where a worker says how it does. */
interface StatsPlace {
  readonly host: string;
  readonly statsPort: number;
}

/** Asks a worker once. */
export type AskWorker = (place: StatsPlace, signal: AbortSignal) => Promise<PollResult>;

/** Asks workers over guarded HTTP. */
export function createStatsClient(egress: Pick<Egress, 'fetch'>, timeoutMs = POLL_TIMEOUT_MS): AskWorker {
  return async ({ host, statsPort }, signal) => {
    const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    const url = `http://${name}:${statsPort}/jsonstats`;
    try {
      const { status, body } = await egress.fetch({ url, maxBytes: MAX_STATS_BYTES, timeoutMs, signal });
      const reading = status === 200 ? readStats(parseJson(Buffer.from(body).toString('utf8'))) : undefined;
      return reading ? { reading } : { failure: 'bad_answer' };
    } catch (error) {
      if (error instanceof EgressError) return { failure: failureOf(error) };
      throw error;
    }
  };
}

const FAILURES: Readonly<Record<EgressErrorCode, PollFailure>> = {
  timed_out: 'timeout',
  address_refused: 'blocked',
  scheme_refused: 'blocked',
  too_large: 'bad_answer',
  bad_encoding: 'bad_answer',
  too_many_redirects: 'bad_answer',
  connection_failed: 'unreachable',
  invalid_url: 'unreachable',
  credentials_in_url: 'unreachable',
  name_not_found: 'unreachable',
  aborted: 'unreachable',
};

function failureOf({ code, cause }: EgressError): PollFailure {
  return code === 'connection_failed' && isRefusal(cause) ? 'refused' : FAILURES[code];
}

/** A name with several addresses fails with all their errors together. */
function isRefusal(cause: unknown): boolean {
  const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return errors.some((error) => hasCode(error, 'ECONNREFUSED'));
}
