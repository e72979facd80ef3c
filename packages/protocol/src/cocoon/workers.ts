/** Workers of the fleet. Source: seed 001, "Workers"; contract/cocoon.md, "Worker". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Instant, Nullable } from '../schemas.ts';
import { FleetId, FORBIDDEN, Paging, Ton } from './common.ts';

const Status = Type.Union([
  Type.Literal('healthy'),
  Type.Literal('warning'),
  Type.Literal('degraded'),
  Type.Literal('down'),
]);

const Worker = Type.Object({
  worker_name: Type.String(),
  instance_number: Type.Integer(),
  host: Type.String(),
  stats_port: Type.Integer(),
  cid: Nullable(Type.Integer()),
  price_coefficient: Type.Number(),
  id: Type.Integer(),
  participant_id: Type.Integer(),
  is_active: Type.Boolean(),
  last_seen: Nullable(Instant),
  created_at: Instant,
  updated_at: Instant,
  latest_status: Nullable(Status),
  latest_gpu_utilization: Nullable(Type.Number({ description: 'Percent.' })),
  latest_revenue_ton: Nullable(Ton),
  last_metric_time: Nullable(Instant),
});

const Point = Type.Object({
  timestamp: Instant,
  status: Status,
  gpu_utilization: Nullable(Type.Number({ description: 'Percent.' })),
  gpu_temperature: Nullable(Type.Number({ description: 'Degrees Celsius.' })),
  inference_requests_total: Nullable(Type.Integer()),
  avg_inference_latency_ms: Nullable(Type.Number()),
  revenue_ton: Nullable(Ton),
});

const Name = Type.String({ minLength: 1, maxLength: 200 });
/** A name or an address, without a port: only addresses of version 6 have colons, two at least. */
const Host = Type.String({
  minLength: 1,
  maxLength: 253,
  pattern: '^([A-Za-z0-9_.-]+|\\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f.:]*\\]?)$',
  description: 'A name or an address without a port, which is stats_port.',
});
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const Coefficient = Type.Number({ minimum: 0, maximum: 1_000_000, description: '1.0 is what everybody asks.' });
/** A year. */
const MAX_HOURS = 8784;
const Hours = Type.Object({ hours: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_HOURS, default: 24 })) });

const params = Type.Object({ worker_id: FleetId });
const errors = { 403: FORBIDDEN, 404: 'Worker not found' };

export const workerEndpoints = endpoints({
  listWorkers: {
    method: 'GET',
    path: '/api/v1/workers',
    summary: 'List workers. Operators see all, participants their own.',
    auth: 'key',
    query: Type.Object({
      participant_id: Type.Optional(FleetId),
      is_active: Type.Optional(Type.Boolean()),
      ...Paging(1000),
    }),
    status: 200,
    response: Type.Array(Worker),
    errors: { 403: FORBIDDEN },
  },
  getWorker: {
    method: 'GET',
    path: '/api/v1/workers/{worker_id}',
    summary: 'Get a worker.',
    auth: 'key',
    params,
    status: 200,
    response: Worker,
    errors,
  },
  createWorker: {
    method: 'POST',
    path: '/api/v1/workers',
    summary: 'Add a worker: it is asked for its figures from now on.',
    auth: 'key',
    idempotent: true,
    creates: 'id',
    body: Type.Object(
      {
        participant_id: FleetId,
        worker_name: Name,
        instance_number: Type.Integer({ minimum: 0, maximum: 5000 }),
        host: Type.Optional(Host),
        stats_port: Type.Optional(Nullable(Port)),
        cid: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 4_294_967_295 }))),
        price_coefficient: Type.Optional(Coefficient),
      },
      { examples: [{ participant_id: 1, worker_name: 'Worker-0', instance_number: 0 }] },
    ),
    status: 201,
    response: Worker,
    errors: { 403: FORBIDDEN, 404: 'Participant not found' },
  },
  updateWorker: {
    method: 'PATCH',
    path: '/api/v1/workers/{worker_id}',
    summary: 'Change a worker: one that is not active is not asked any more.',
    auth: 'key',
    params,
    body: Type.Object({
      worker_name: Type.Optional(Name),
      is_active: Type.Optional(Type.Boolean()),
      price_coefficient: Type.Optional(Coefficient),
    }),
    status: 200,
    response: Worker,
    errors,
  },
  getWorkerMetrics: {
    method: 'GET',
    path: '/api/v1/workers/{worker_id}/metrics',
    summary: 'What a worker said of itself in the last hours, oldest first.',
    auth: 'key',
    params,
    query: Hours,
    status: 200,
    response: Type.Object({
      worker_id: Type.Integer(),
      worker_name: Type.String(),
      period_hours: Type.Integer(),
      metrics_count: Type.Integer(),
      metrics: Type.Array(Point),
    }),
    errors,
  },
  getWorkerStats: {
    method: 'GET',
    path: '/api/v1/workers/{worker_id}/stats',
    summary: "A worker's figures of the last 24 hours.",
    auth: 'key',
    params,
    status: 200,
    response: Type.Union([
      Type.Object({
        worker_id: Type.Integer(),
        worker_name: Type.String(),
        period_hours: Type.Integer(),
        total_revenue_ton: Ton,
        avg_gpu_utilization: Nullable(Type.Number()),
        total_inference_requests: Type.Integer(),
        uptime_percentage: Type.Number(),
      }),
      Type.Object({ worker_id: Type.Integer(), message: Type.Literal('No metrics available') }),
    ]),
    errors,
  },
});
