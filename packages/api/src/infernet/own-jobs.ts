import { isRefusal, type Job, type JobState } from '@plexus/core';
import { CONTAINER_DEFAULTS, MAX_LISTED_JOBS } from '@plexus/protocol';
import { Refusal } from '../dialect.ts';
import type { Client } from './client.ts';
import type { InfernetDeps } from './deps.ts';

const RUNNING: readonly JobState[] = ['queued', 'running'];
const ENDED: readonly JobState[] = ['completed', 'failed', 'cancelled', 'timed_out'];

/** The jobs that one client may see: its own, until their results are not told any more. */
export interface OwnJobs {
  find(client: Client, id: string): Promise<Job | undefined>;
  /** @throws {Refusal} 404 */
  get(client: Client, id: string): Promise<Job>;
  /** @param pending whether they run; all where this is not said */
  listIds(client: Client, pending: boolean | undefined): Promise<readonly string[]>;
}

export function createOwnJobs({ jobs, reported, sites, clock }: InfernetDeps): OwnJobs {
  function told({ nodeId }: Client): Date {
    const { result_seconds: seconds = CONTAINER_DEFAULTS.resultSeconds } = sites.siteOf(nodeId) ?? {};
    return new Date(clock().getTime() - seconds * 1000);
  }

  async function find(client: Client, asked: string): Promise<Job | undefined> {
    // A UUID is the same one in capitals. Source: RFC 9562, section 4.
    const id = asked.toLowerCase();
    const job = reported.find(client.caller, id) ?? (await jobs.get(client.caller, id).catch(absent));
    // An operator could see those of others elsewhere.
    const isOwn = job?.accountId === client.caller.accountId && job.service === 'container';
    return isOwn && job.textsRemoved !== true && (job.endedAt ?? clock()) >= told(client) ? job : undefined;
  }

  return {
    find,

    async get(client, id) {
      const job = await find(client, id);
      if (job) return job;
      throw new Refusal('Job not found', { status: 404, body: { error: 'Job not found' } });
    },

    async listIds(client, pending) {
      const { caller } = client;
      const states = pending === undefined ? [...RUNNING, ...ENDED] : pending ? RUNNING : ENDED;
      const filter = { service: 'container', states, since: told(client) };
      const ids = await jobs.listIds(caller, filter, MAX_LISTED_JOBS);
      return pending === false ? ids : [...reported.listIds(caller), ...ids];
    },
  };
}

function absent(error: unknown): undefined {
  if (isRefusal(error, 'JOB_NOT_FOUND')) return undefined;
  throw error;
}
