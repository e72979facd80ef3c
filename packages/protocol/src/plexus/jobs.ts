/** Jobs in Plexus's own API. */
import Type, { type Static } from 'typebox';
import { endpoints } from '../endpoint.ts';
import { CallbackUrl, Nullable, Credits, Instant, Id, page, pageQueryOf } from './common.ts';

export const JobState = Type.Union([
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('completed'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
  Type.Literal('timed_out'),
]);
export type JobState = Static<typeof JobState>;

const Attempt = Type.Object({
  epoch: Type.Integer(),
  node_id: Type.String(),
  started_at: Instant,
  ended_at: Nullable(Instant),
  outcome: Nullable(Type.String()),
  error: Nullable(Type.String()),
});

export const JobView = Type.Object({
  id: Type.String(),
  service: Type.String(),
  state: JobState,
  reason: Nullable(Type.String({ description: 'Why the job ended; one of a closed list.' })),
  progress: Type.Integer(),
  node_id: Nullable(Type.String()),
  result: Nullable(Type.String()),
  texts_removed: Type.Optional(
    Type.Literal(true, {
      description: 'The job ended so long ago that what it was sent with and came to was removed.',
    }),
  ),
  error: Nullable(Type.String()),
  held: Credits,
  cost: Credits,
  units: Nullable(Type.Integer()),
  facts: Nullable(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer()]), {
      description: 'What its node said of counted work, as the receipt has it: model, tokens, why the answer ended.',
    }),
  ),
  attempts: Type.Array(Attempt),
  receipt_id: Nullable(Type.String()),
  created_at: Instant,
  started_at: Nullable(Instant),
  ended_at: Nullable(Instant),
  deadline_at: Instant,
  processing_time_ms: Nullable(Type.Integer()),
});
export type JobView = Static<typeof JobView>;

const JobSummary = Type.Object({
  id: Type.String(),
  service: Type.String(),
  state: JobState,
  reason: Nullable(Type.String()),
  node_id: Nullable(Type.String()),
  cost: Credits,
  created_at: Instant,
  ended_at: Nullable(Instant),
});

const Explanation = Type.Object({
  job_id: Type.String(),
  state: JobState,
  reason: Nullable(Type.String()),
  /** One entry a scheduling decision, the newest last. */
  decisions: Type.Array(
    Type.Object({
      at: Instant,
      chosen: Nullable(Type.String()),
      considered: Type.Array(
        Type.Object({
          node_id: Type.String(),
          score: Nullable(Type.Number()),
          parts: Type.Record(Type.String(), Type.Number()),
          ruled_out: Nullable(Type.String()),
        }),
      ),
      not_considered: Type.Integer({ description: 'Ready nodes beyond the sample that was scored.' }),
      unfit: Type.Array(Type.String(), { description: 'Why no connected node could take it, busy or not.' }),
    }),
  ),
});

const NodeIds = Type.Array(Id, { maxItems: 100 });

/** Where a job may run; nodes are named by id. */
const JobRouting = Type.Object({
  order: Type.Optional(NodeIds),
  only: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 100 })),
  ignore: Type.Optional(NodeIds),
  sort: Type.Optional(Type.Enum(['price', 'throughput', 'latency'])),
  max_unit_price: Type.Optional(
    Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,6})?$', description: 'Credits for one request or token at most.' }),
  ),
});

export const jobsEndpoints = endpoints({
  submitJob: {
    method: 'POST',
    path: '/plexus/v1/jobs',
    summary: 'Submit a job; answers at once, or when it ends within `wait_seconds`.',
    auth: 'key',
    idempotent: true,
    body: Type.Object(
      {
        service: Id,
        content: Type.String(),
        params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        models: Type.Optional(
          Type.Array(Id, {
            minItems: 1,
            maxItems: 20,
            description: 'The first that a connected node serves is taken.',
          }),
        ),
        routing: Type.Optional(JobRouting),
        priority: Type.Optional(Type.Enum(['low', 'normal', 'high'])),
        callback_url: Type.Optional(CallbackUrl),
        timeout_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
        max_cost: Type.Optional(Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,6})?$' })),
        wait_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 60 })),
      },
      { examples: [{ service: 'echo', content: 'Hello world!', wait_seconds: 10 }] },
    ),
    status: 201,
    response: JobView,
  },
  listJobs: {
    method: 'GET',
    path: '/plexus/v1/jobs',
    summary: "Your jobs, newest first; an operator sees everybody's with `all`.",
    auth: 'key',
    query: Type.Object({
      ...pageQueryOf('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
      state: Type.Optional(JobState),
      all: Type.Optional(Type.Boolean({ default: false })),
    }),
    status: 200,
    response: page(JobSummary),
  },
  getJob: {
    method: 'GET',
    path: '/plexus/v1/jobs/{job_id}',
    summary: 'A job; with `wait_seconds` the answer waits for its end.',
    auth: 'key',
    params: Type.Object({ job_id: Id }),
    query: Type.Object({ wait_seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 60, default: 0 })) }),
    status: 200,
    response: JobView,
  },
  explainJob: {
    method: 'GET',
    path: '/plexus/v1/jobs/{job_id}/explain',
    summary: 'Why the job went where it went: candidates, what ruled each out, the scores.',
    auth: 'key',
    params: Type.Object({ job_id: Id }),
    status: 200,
    response: Explanation,
  },
  cancelJob: {
    method: 'POST',
    path: '/plexus/v1/jobs/{job_id}/cancel',
    summary: 'Stop a job; what was held comes back.',
    auth: 'key',
    params: Type.Object({ job_id: Id }),
    status: 200,
    response: JobView,
  },
});
