/** What a node answers itself: how it is, what it holds, whom it knows. Source: seed 003. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Instant, Neuro, Nullable } from './common.ts';

const Bytes = Type.Integer({ description: 'Bytes.' });
const Count = Type.Integer();
const Layers = Type.Array(Type.Integer());
/** The most memory that a node may be told to offer, and threads to use. */
const MAX_MEMORY_GB = 1_000_000;
const MAX_THREADS = 4096;

const Training = {
  enabled: Type.Boolean(),
  batch_size: Type.Integer({ minimum: 1, maximum: 65_536 }),
  learning_rate: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  diloco_steps: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
};
const Resources = {
  max_memory_gb: Type.Number({ exclusiveMinimum: 0, maximum: MAX_MEMORY_GB }),
  cpu_threads: Type.Integer({ minimum: 1, maximum: MAX_THREADS }),
};

/** What of a node's configuration may be changed; anything else in a change is refused. */
export const NodeSettingsPatch = Type.Object(
  {
    training: Type.Optional(Type.Partial(Type.Object(Training), { additionalProperties: false })),
    resources: Type.Optional(Type.Partial(Type.Object(Resources), { additionalProperties: false })),
  },
  { additionalProperties: false },
);

export const neuroshardNodeEndpoints = endpoints({
  getNodeStatus: {
    method: 'GET',
    path: '/api/v1/status',
    summary: 'Get current node status.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      node_id: Type.String(),
      version: Type.String(),
      uptime_seconds: Count,
      status: Type.String({ description: '`running`, `connecting` or `draining`.' }),
      role: Type.String({ description: '`driver`, `worker` or `validator`.' }),
      layers: Layers,
      peer_count: Count,
      training: Type.Object({ enabled: Type.Boolean(), epoch: Count, step: Count, loss: Nullable(Type.Number()) }),
      resources: Type.Object({
        gpu_memory_used: Bytes,
        gpu_memory_total: Bytes,
        cpu_percent: Type.Number(),
        ram_used: Bytes,
      }),
    }),
  },
  getNodeMetrics: {
    method: 'GET',
    path: '/api/v1/metrics',
    summary: 'Get performance metrics.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      timestamp: Instant,
      inference: Type.Object({
        requests_total: Count,
        requests_per_minute: Type.Number(),
        avg_latency_ms: Type.Number(),
        p99_latency_ms: Type.Number(),
        tokens_generated: Count,
      }),
      training: Type.Object({
        steps_total: Count,
        steps_per_hour: Type.Number(),
        gradients_submitted: Count,
        gradients_accepted: Count,
      }),
      network: Type.Object({
        bytes_sent: Bytes,
        bytes_received: Bytes,
        active_connections: Count,
        rpc_calls: Count,
      }),
      rewards: Type.Object({ earned_today: Neuro, earned_total: Neuro, pending: Neuro }),
    }),
  },
  getNodeWellbeing: {
    method: 'GET',
    path: '/api/v1/health',
    mayBeUnwell: true,
    summary: 'Health check endpoint; 503 where something is wrong.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      healthy: Type.Boolean(),
      checks: Type.Object({
        gpu: Type.String({ description: '`ok`, `none` or `error`.' }),
        network: Type.String({ description: '`ok`, or why the coordinator is out of reach.' }),
        storage: Type.String({ description: '`ok`, or `error` where the disk is full or cannot be written to.' }),
        peers: Type.String({ description: '`ok`, `none` or `error`.' }),
      }),
    }),
  },
  listPeers: {
    method: 'GET',
    path: '/api/v1/peers',
    summary: 'List connected peers.',
    auth: 'key',
    status: 200,
    response: Type.Object({
      peers: Type.Array(
        Type.Object({
          id: Type.String(),
          address: Type.String(),
          role: Type.String(),
          layers: Layers,
          latency_ms: Type.Number(),
          connected_since: Instant,
        }),
      ),
      total: Count,
    }),
  },
  listLayers: {
    method: 'GET',
    path: '/api/v1/layers',
    summary: 'List assigned layers.',
    auth: 'key',
    status: 200,
    response: Type.Object({
      layers: Type.Array(
        Type.Object({ index: Count, type: Type.String(), memory_mb: Type.Number(), status: Type.String() }),
      ),
      total_layers: Count,
      my_layer_count: Count,
    }),
  },
  getConfig: {
    method: 'GET',
    path: '/api/v1/config',
    summary: 'Get node configuration.',
    auth: 'key',
    status: 200,
    response: Type.Object({
      node_id: Type.String(),
      port: Count,
      grpc_port: Count,
      tracker_url: Type.String({ description: 'The WebSocket of its coordinator.' }),
      training: Type.Object(Training),
      resources: Type.Object(Resources),
    }),
  },
  changeConfig: {
    method: 'PATCH',
    path: '/api/v1/config',
    summary: "Update configuration; for the node's owner.",
    auth: 'key',
    body: NodeSettingsPatch,
    status: 200,
    response: Type.Object({
      success: Type.Boolean(),
      updated: Type.Array(Type.String()),
      restart_required: Type.Boolean(),
      restart_keys: Type.Optional(
        Type.Array(Type.String(), { description: 'What has effect after a restart only, at least in part.' }),
      ),
      without_effect: Type.Optional(
        Type.Array(Type.String(), { description: 'What is kept for training, which nodes do not do yet.' }),
      ),
    }),
    errors: { 400: 'An unknown key, or a value that it cannot have; nothing is changed' },
  },
});
