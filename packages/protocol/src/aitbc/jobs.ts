/** AITBC's jobs. Source: seed 002, "Jobs". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Amount, CallbackUrl, Id, Instant, JOB_REFUSALS, JobStatus, Nullable, Price, Quantity } from './common.ts';

const Model = Type.Object({
  type: Type.Optional(Type.String({ maxLength: 100, description: '`python` for `ai-inference`.' })),
  entrypoint: Type.Optional(Type.String({ maxLength: 200, description: 'The file that is run.' })),
  requirements: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 100 })),
  bundle: Type.Optional(Type.String({ maxLength: 64, description: 'SHA-256 in hex of an uploaded bundle of files.' })),
  timeout_seconds: Type.Optional(Type.Integer({ description: 'How long the program may run; 300 unless told.' })),
});

const Resources = Type.Object({
  cpu: Type.Optional(Quantity('Processors: `1000m` is one.')),
  memory: Type.Optional(Quantity('Bytes, for example `2Gi`.')),
  gpu: Type.Optional(Quantity('Graphics processors.')),
});

const EXAMPLES = [
  { type: 'echo', input: { text: 'Hello' } },
  {
    name: 'image-classification',
    type: 'ai-inference',
    model: { type: 'python', entrypoint: 'model.py', requirements: ['numpy', 'torch'] },
    input: { type: 'image', format: 'jpeg' },
    output: { type: 'json' },
    resources: { cpu: '1000m', memory: '2Gi', gpu: '1' },
    pricing: { max_cost: '0.10' },
  },
];

const JobRequest = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200, description: 'What you call it; offers may ask for it.' })),
    type: Type.String({
      minLength: 1,
      maxLength: 100,
      description: '`ai-inference` for a program of your own, else the id of a service of the registry.',
    }),
    model: Type.Optional(Model),
    input: Type.Optional(
      Type.Unknown({
        description: "What the program is given; of a service, its request's data without `type` and `format`.",
      }),
    ),
    output: Type.Optional(Type.Object({ type: Type.Optional(Type.String({ maxLength: 100 })) })),
    resources: Type.Optional(Resources),
    pricing: Type.Optional(
      Type.Object(
        {
          max_cost: Type.Optional(Price),
          by_offer: Type.Optional(
            Type.Boolean({ description: 'It waits for an offer that you accept, and no miner gets it otherwise.' }),
          ),
        },
        { description: '`max_cost` is held, and what is not used comes back.' },
      ),
    ),
    callback_url: Type.Optional(CallbackUrl),
  },
  { examples: EXAMPLES },
);

const MayEnd = Nullable(Type.String({ description: 'RFC 3339, UTC, by measured run times; null when unknown.' }));

const JobDetails = Type.Object({
  job_id: Type.String(),
  status: JobStatus,
  progress: Type.Integer({ minimum: 0, maximum: 100, description: 'Percent, from whoever runs it.' }),
  created_at: Instant,
  started_at: Nullable(Instant),
  estimated_completion: MayEnd,
  completed_at: Nullable(Instant),
  miner_id: Nullable(Type.String()),
  name: Nullable(Type.String()),
  type: Type.String(),
  cost: Amount,
  reason: Nullable(Type.String({ description: 'Why it waits, or why it ended without results.' })),
});

const JobSummary = Type.Object({
  job_id: Type.String(),
  status: JobStatus,
  type: Type.String(),
  name: Nullable(Type.String()),
  created_at: Instant,
});

export const jobsEndpoints = endpoints({
  createJob: {
    method: 'POST',
    path: '/v1/jobs',
    summary: 'Create a job; it waits when no miner fits now.',
    auth: 'key',
    idempotent: true,
    creates: 'job_id',
    body: JobRequest,
    status: 201,
    response: Type.Object({
      job_id: Type.String(),
      status: JobStatus,
      created_at: Instant,
      estimated_completion: MayEnd,
    }),
    errors: { 400: 'INVALID_JOB_TYPE', ...JOB_REFUSALS },
  },
  listJobs: {
    method: 'GET',
    path: '/v1/jobs',
    summary: 'Your jobs, newest first.',
    auth: 'key',
    query: Type.Object({
      status: Type.Optional(JobStatus),
      type: Type.Optional(Type.String({ maxLength: 100 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 })),
    }),
    status: 200,
    response: Type.Object({
      jobs: Type.Array(JobSummary),
      total: Type.Integer({ description: 'All that the filter fits, on this page or not.' }),
      limit: Type.Integer(),
      offset: Type.Integer(),
    }),
  },
  getJob: {
    method: 'GET',
    path: '/v1/jobs/{job_id}',
    summary: 'The current status of a job.',
    auth: 'key',
    params: Type.Object({ job_id: Id }),
    status: 200,
    response: JobDetails,
    errors: { 404: 'JOB_NOT_FOUND' },
  },
  cancelJob: {
    method: 'DELETE',
    path: '/v1/jobs/{job_id}',
    summary: 'Cancel a running or submitted job; what was held and not used comes back.',
    auth: 'key',
    params: Type.Object({ job_id: Id }),
    status: 200,
    response: Type.Object({ job_id: Type.String(), status: JobStatus, cancelled_at: Instant }),
    errors: { 404: 'JOB_NOT_FOUND', 409: 'JOB_ALREADY_COMPLETED' },
  },
  getJobResults: {
    method: 'GET',
    path: '/v1/jobs/{job_id}/results',
    summary: 'The results of a completed job.',
    auth: 'key',
    params: Type.Object({ job_id: Id }),
    status: 200,
    response: Type.Object({
      job_id: Type.String(),
      status: JobStatus,
      results: Type.Record(Type.String(), Type.Unknown()),
      completed_at: Instant,
    }),
    errors: { 404: 'JOB_NOT_FOUND', 409: 'CONFLICT_STATE: it ended without results.', 425: 'JOB_NOT_READY' },
  },
});
