/** Infernet's node. Source: seed 004; what the page leaves open is in contract/infernet.md. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { ContainerResult, Created, JobRequest, JobResult, QueryFlag, Refused } from './common.ts';
import { ContainerId, MAX_CHAIN } from './site.ts';

/** What stands before the paths at a coordinator, which nodes alone call there. */
export const INFERNET_PREFIX = '/infernet';
/** Jobs of one batch. */
export const MAX_BATCH_JOBS = 1000;
/** Characters of a model's name. */
export const MAX_MODEL_ID = 500;
/** Jobs of one list: the newest. */
export const MAX_LISTED_JOBS = 10_000;

const JobId = Type.String({ minLength: 1, maxLength: 100 });
const BAD = { 400: 'The request is wrong, or the node does not take it.' } as const;
const TAKEN = {
  ...BAD,
  402: 'The containers have a price, and the key has too few credits, or there is no key.',
  429: 'Too many calls, or jobs under way.',
  503: 'The containers have too much to do.',
} as const;

const Container = Type.Object({
  id: Type.String(),
  external: Type.Boolean({ description: 'Whether it can be the first container of a job.' }),
  image: Type.String(),
  description: Type.Optional(Type.String()),
  price: Type.Optional(Type.String({ description: 'Credits of one answer; free where there is none.' })),
});

/** The calls that a node hands to its coordinator. */
export const infernetJobEndpoints = endpoints({
  getNodeInfo: {
    method: 'GET',
    path: '/info',
    summary: 'The containers that run on this node, and the number of jobs pending.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      version: Type.String(),
      containers: Type.Array(Container),
      pending: Type.Object({ offchain: Type.Integer(), onchain: Type.Integer() }),
      chain: Type.Object({ enabled: Type.Boolean(), address: Type.String() }),
    }),
  },
  createContainerJob: {
    method: 'POST',
    path: '/api/jobs',
    summary: 'Create an off-chain job: a direct request, or a subscription that its owner has signed.',
    auth: 'client',
    idempotent: true,
    body: JobRequest,
    status: 200,
    response: Created,
    errors: TAKEN,
  },
  createContainerJobs: {
    method: 'POST',
    path: '/api/jobs/batch',
    summary: 'Create jobs. Each is taken or refused for itself; look for errors in the list.',
    auth: 'client',
    idempotent: true,
    body: Type.Array(Type.Unknown(), { maxItems: MAX_BATCH_JOBS, description: 'Requests as for one job.' }),
    status: 200,
    response: Type.Array(Type.Union([Created, Refused]), { description: 'One for each request, in their order.' }),
    errors: TAKEN,
  },
  streamContainerJob: {
    method: 'POST',
    path: '/api/jobs/stream',
    summary: "Create a job and read it: a line with its id, then the last container's answer as it comes.",
    description: 'When the job fails, the last line is `{"error": …}`.',
    auth: 'client',
    body: JobRequest,
    status: 200,
    response: Type.String(),
    text: true,
    errors: TAKEN,
  },
  getContainerJobs: {
    method: 'GET',
    path: '/api/jobs',
    summary: 'The jobs of the given ids, in their order; without any the ids of your jobs, newest first.',
    auth: 'client',
    query: Type.Object({
      id: Type.Optional(
        Type.Union([JobId, Type.Array(JobId, { maxItems: 1000 })], { description: 'Id of a job; repeatable.' }),
      ),
      intermediate: QueryFlag('With `id`: whether the results of all containers are told.'),
      pending: QueryFlag('Without `id`: `true` for jobs that run, `false` for those that have ended.'),
    }),
    status: 200,
    response: Type.Union([Type.Array(JobResult), Type.Array(Type.String())]),
    errors: { ...BAD, 404: 'There is no such job of yours.' },
  },
  watchContainerJob: {
    method: 'GET',
    path: '/api/jobs/{job_id}/events',
    summary: 'Server-sent events: the job as it is, and as it has ended.',
    auth: 'client',
    params: Type.Object({ job_id: JobId }),
    query: Type.Object({ intermediate: QueryFlag('Whether the results of all containers are told.') }),
    status: 200,
    response: JobResult,
    stream: true,
    errors: { 404: 'There is no such job of yours.' },
  },
  setJobStatus: {
    method: 'PUT',
    path: '/api/status',
    summary: 'Tell the status of a job that ran elsewhere; from addresses that the node allows.',
    auth: 'client',
    body: Type.Object({
      id: Type.String({ format: 'uuid' }),
      status: JobResult.properties.status,
      containers: Type.Array(ContainerId, { minItems: 1, maxItems: MAX_CHAIN }),
      results: Type.Optional(Type.Array(ContainerResult, { maxItems: MAX_CHAIN })),
    }),
    status: 200,
    response: Type.Object({}),
    errors: { ...BAD, 403: 'Not from an allowed address.', 409: 'The job has ended, or is no such job.' },
  },
});

/** The calls that a node answers itself. */
export const infernetNodeEndpoints = endpoints({
  getNodeHealth: {
    method: 'GET',
    path: '/health',
    summary: 'Whether the node serves.',
    auth: 'none',
    status: 200,
    response: Type.Object({ status: Type.Literal('healthy') }),
  },
  getContainerResources: {
    method: 'GET',
    path: '/resources',
    summary: 'What each container says of its resources; those that say nothing are left out.',
    auth: 'none',
    query: Type.Object({ model_id: Type.Optional(Type.String({ maxLength: MAX_MODEL_ID })) }),
    status: 200,
    response: Type.Record(Type.String(), Type.Unknown()),
  },
});
