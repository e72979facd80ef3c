/** AITBC's miners that ask for work. Source: contract/aitbc.md, "How miners get work". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Id, Instant, JobStatus, Nullable, Quantity } from './common.ts';

const Words = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 200 });

/** What is not named here is the miner's own, and changes nothing. */
const Machine = Type.Object({
  services: Type.Optional(Words),
  job_types: Type.Optional(Words),
  models: Type.Optional(Words),
  packages: Type.Optional(Words),
  cpu: Type.Optional(Quantity('Processors.')),
  memory: Type.Optional(Quantity('Bytes.')),
  gpus: Type.Optional(Type.Integer({ minimum: 0, maximum: 64, description: 'Graphics processors.' })),
});

const Capabilities = Type.Union([Words, Machine], {
  description:
    'Types of jobs that it takes, as a list or as `services`; without any of the registry it takes jobs of all types. ' +
    '`models` that it has, Python `packages`, and what its machine has (`cpu`, `memory`, `gpus`).',
});

const Metrics = Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), {
  maxProperties: 100,
  description:
    'Counted work: `prompt_tokens` and `completion_tokens`, or `units`, else what the result says of it ' +
    '(`tokens_used`, `images`); `duration_ms`. Whole numbers and short texts among the others stand in the receipt, too.',
});

const Epoch = Type.Optional(
  Type.Integer({ minimum: 0, description: 'The lease of `constraints`; by default the one that the miner has.' }),
);

const Standing = Type.Object({
  status: Type.Literal('ok'),
  job_id: Type.String(),
  job_status: JobStatus,
  receipt_id: Nullable(Type.String()),
});

const Task = Type.Object({
  job_id: Type.String(),
  payload: Type.Object({
    type: Type.String({ description: 'As the client named it.' }),
    name: Nullable(Type.String({ description: "The job's name, for which the accepted offer may be." })),
    input: Type.Unknown(),
    params: Type.Record(Type.String(), Type.Unknown()),
  }),
  constraints: Type.Object({
    epoch: Type.Integer({ description: 'Grows with every lease of the job; a result under an older one is refused.' }),
    deadline: Nullable(Instant),
    unit_type: Type.String(),
    unit_price: Type.String(),
    max_units: Type.Integer({ description: 'The most units that are paid.' }),
  }),
});

const JOB = Type.Object({ job_id: Id });
const UNKNOWN_MINER = { 403: 'FORBIDDEN', 404: 'MINER_NOT_FOUND: register first.' };
const UNKNOWN_JOB = {
  403: 'FORBIDDEN',
  404: 'JOB_NOT_FOUND, MINER_NOT_FOUND',
  409: 'CONFLICT_STATE: the lease is over; JOB_ALREADY_COMPLETED',
  422: 'INVALID_PAYLOAD: the counts cannot be.',
};

export const minersEndpoints = endpoints({
  registerMiner: {
    method: 'POST',
    path: '/v1/miners/register',
    summary: 'Join as a miner that polls. A key stands for one miner; registering again ends the session before.',
    description:
      'A miner that says nothing for 65 seconds is gone, and its jobs go elsewhere. With the header `X-Session-Token` ' +
      'calls of a session that was replaced are refused.',
    auth: 'key',
    body: Type.Object({
      capabilities: Type.Optional(Capabilities),
      concurrency: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1000, default: 1, description: 'Jobs that it does at once.' }),
      ),
      region: Type.Optional(Type.String({ maxLength: 100 })),
      miner_id: Type.Optional(
        Type.String({ minLength: 1, maxLength: 200, description: 'A name of its own; by default made of its key.' }),
      ),
    }),
    status: 200,
    response: Type.Object({
      status: Type.Literal('ok'),
      session_token: Type.String(),
      miner_id: Type.String(),
      heartbeat_seconds: Type.Integer({ description: 'Say something at least that often.' }),
    }),
    errors: { 403: 'FORBIDDEN' },
  },
  heartbeatMiner: {
    method: 'POST',
    path: '/v1/miners/heartbeat',
    summary: 'Say that the miner is there.',
    auth: 'key',
    body: Type.Object({
      inflight: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
      status: Type.Optional(
        Type.String({ maxLength: 100, description: '`draining` takes nothing new until it registers again.' }),
      ),
      metadata: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), { maxProperties: 100 })),
      progress: Type.Optional(
        Type.Record(Type.String({ maxLength: 200 }), Type.Integer({ minimum: 0, maximum: 100 }), {
          maxProperties: 1000,
          description: 'How far its jobs are, in percent.',
        }),
      ),
    }),
    status: 200,
    response: Type.Object({
      status: Type.Literal('ok'),
      cancelled: Type.Array(Type.String(), { description: 'Jobs that it need not go on with, each told once.' }),
    }),
    errors: UNKNOWN_MINER,
  },
  pollMiner: {
    method: 'POST',
    path: '/v1/miners/poll',
    summary: 'Wait for a job; 204 when none came in that time.',
    auth: 'key',
    body: Type.Object({
      max_wait_seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 60, default: 30 })),
    }),
    status: 200,
    response: Task,
    mayBeEmpty: true,
    errors: UNKNOWN_MINER,
  },
  submitResult: {
    method: 'POST',
    path: '/v1/miners/{job_id}/result',
    summary: 'Tell the result of a job; answered once it is paid.',
    auth: 'key',
    params: JOB,
    body: Type.Object({ result: Type.Unknown(), metrics: Type.Optional(Metrics), epoch: Epoch }),
    status: 200,
    response: Standing,
    errors: UNKNOWN_JOB,
  },
  failJob: {
    method: 'POST',
    path: '/v1/miners/{job_id}/fail',
    summary: 'Give a job up; another miner gets it.',
    auth: 'key',
    params: JOB,
    body: Type.Object({
      error_code: Type.String({ minLength: 1, maxLength: 64 }),
      error_message: Type.Optional(Type.String({ maxLength: 2000 })),
      metrics: Type.Optional(Metrics),
      retryable: Type.Optional(
        Type.Boolean({ default: true, description: 'False when every other miner would fail likewise.' }),
      ),
      epoch: Epoch,
    }),
    status: 200,
    response: Standing,
    errors: UNKNOWN_JOB,
  },
});
