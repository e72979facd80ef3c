import { hasEnded, type Job, type Routing, type SubmitJob } from '@plexus/core';
import { type Input, parseCredits, type plexusEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { PlexusDeps } from './deps.ts';
import { toExplanation, toJob, toSummary } from './job-views.ts';
import { pageRequest, toPage } from './page.ts';

type JobHandlers = Pick<
  Handlers<typeof plexusEndpoints>,
  'submitJob' | 'listJobs' | 'getJob' | 'explainJob' | 'cancelJob'
>;

type Submission = Input<typeof plexusEndpoints.submitJob>['body'];

function submissionOf(body: Submission): Omit<SubmitJob, 'caller' | 'detached'> {
  const { service, content, params = {}, models, routing, priority } = body;
  const { timeout_seconds: timeoutSeconds, max_cost: maximum, callback_url: callbackUrl } = body;
  return {
    service,
    content,
    params,
    ...(models && { models }),
    ...(routing && { routing: routingOf(routing) }),
    ...(priority && { priority }),
    ...(callbackUrl !== undefined && { callbackUrl }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(maximum !== undefined && { maxCost: parseCredits(maximum) }),
  };
}

function routingOf({ max_unit_price: maximum, ...routing }: NonNullable<Submission['routing']>): Routing {
  return { ...routing, ...(maximum !== undefined && { maxUnitPrice: parseCredits(maximum) }) };
}

/** Endpoints about jobs. */
export function jobHandlers({ jobs }: Pick<PlexusDeps, 'jobs'>): JobHandlers {
  return {
    async submitJob({ body }, { caller, idempotency }) {
      const { wait_seconds: seconds = 0 } = body;
      const submission = { ...submissionOf(body), caller, detached: true };
      const job: Job = await jobs.submit(idempotency ? { ...submission, idempotency } : submission);
      const mayWait = seconds > 0 && !hasEnded(job.state);
      return toJob(mayWait ? await jobs.wait(caller, job.id, seconds * 1000) : job);
    },

    async listJobs({ query }, { caller }) {
      const { state, all: everybody = false } = query;
      const page = pageRequest(query);
      const found = await jobs.list(caller, { everybody, ...(state && { state }) }, page);
      return toPage(found, page.limit, ({ id }) => id, toSummary);
    },

    async getJob({ params: { job_id: id }, query: { wait_seconds: seconds = 0 } }, { caller }) {
      return toJob(seconds > 0 ? await jobs.wait(caller, id, seconds * 1000) : await jobs.get(caller, id));
    },

    explainJob: async ({ params }, { caller }) => toExplanation(await jobs.get(caller, params.job_id)),
    cancelJob: async ({ params }, { caller }) => toJob(await jobs.cancel(caller, params.job_id)),
  };
}
