import type { aitbcEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { AitbcDeps } from './deps.ts';
import { statesOf, toCancelled, toCreated, toDetails, toResults, toSummary } from './job-views.ts';
import { serviceOfType } from './service-names.ts';
import { inRequest, toSubmission } from './submission.ts';

/** Jobs of a page when a caller names no limit; the same figure as in the table of endpoints. */
const DEFAULT_LIMIT = 50;

type JobHandlers = Pick<
  Handlers<typeof aitbcEndpoints>,
  'createJob' | 'listJobs' | 'getJob' | 'cancelJob' | 'getJobResults'
>;

/** Endpoints about jobs. */
export function jobHandlers({ jobs }: Pick<AitbcDeps, 'jobs'>): JobHandlers {
  return {
    async createJob({ body }, { caller, idempotency }) {
      const request = { ...toSubmission(body), caller, ...(idempotency && { idempotency }) };
      const job = await jobs.submit(request).catch((error: unknown) => {
        throw inRequest(error, body);
      });
      return toCreated(job, jobs.outlook(job));
    },

    async listJobs({ query: { status, type, limit = DEFAULT_LIMIT, offset = 0 } }, { caller }) {
      const filter = {
        ...(status && { states: statesOf(status) }),
        ...(type !== undefined && { service: serviceOfType(type) }),
      };
      const page = await jobs.page(caller, filter, { limit, offset });
      return { jobs: page.jobs.map(toSummary), total: page.total, limit, offset };
    },

    async getJob({ params }, { caller }) {
      const job = await jobs.get(caller, params.job_id);
      return toDetails(job, jobs.outlook(job));
    },

    cancelJob: async ({ params }, { caller }) => toCancelled(await jobs.cancel(caller, params.job_id)),
    getJobResults: async ({ params }, { caller, origin }) => toResults(await jobs.get(caller, params.job_id), origin),
  };
}
