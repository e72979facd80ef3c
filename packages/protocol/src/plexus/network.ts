/** The network in Plexus's own API: what it is, what it offers, who serves it. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Nullable, Credits, Instant, Id, PageQuery, page } from './common.ts';

const NodeView = Type.Object({
  node_id: Type.String(),
  name: Type.String(),
  account_id: Type.String(),
  online: Type.Boolean(),
  draining: Type.Boolean(),
  custodial: Type.Boolean(),
  languages: Type.Array(Type.String()),
  services: Type.Array(
    Type.Object({
      id: Type.String(),
      active: Type.Integer(),
      concurrency: Type.Integer(),
      models: Type.Array(Type.String()),
    }),
  ),
  reputation: Type.Number(),
  completed: Type.Integer(),
  failed: Type.Integer(),
  load: Type.Number(),
  cpu_percent: Nullable(Type.Number()),
  last_seen_at: Nullable(Instant),
  resources: Nullable(
    Type.Object(
      {
        cpu_millis: Type.Integer(),
        memory_bytes: Type.Integer(),
        gpus: Type.Array(Type.Object({ name: Type.String(), memory_bytes: Type.Integer() })),
      },
      { description: 'What its machine has, while it is connected and says so.' },
    ),
  ),
});

const ServiceView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  category: Type.String(),
  description: Type.String(),
  version: Type.String(),
  unit_type: Type.String(),
  unit_price: Credits,
  timeout_seconds: Type.Integer(),
  available: Type.Integer({ description: 'Nodes online that offer it.' }),
  params: Type.Unknown(),
});

export const networkEndpoints = endpoints({
  getInfo: {
    method: 'GET',
    path: '/plexus/v1/info',
    summary: 'Who this coordinator is, what it limits, and whether its books balance.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      name: Type.String(),
      version: Type.String(),
      public_key: Type.String(),
      log_id: Type.String(),
      log_restored: Nullable(
        Type.Object(
          {
            previous_log_id: Type.String(),
            tree_size: Type.Integer({ description: 'Entries of the log before that this one took over.' }),
            began_at: Instant,
          },
          { description: 'Where the log was begun anew on a backup: entries of the one before may be missing.' },
        ),
      ),
      started_at: Instant,
      online_nodes: Type.Integer(),
      limits: Type.Record(Type.String(), Type.Integer()),
      ledger_sum: Credits,
    }),
  },
  listServices: {
    method: 'GET',
    path: '/plexus/v1/services',
    summary: 'What can be asked of the network, at what price, and how many nodes offer it now.',
    auth: 'none',
    status: 200,
    response: Type.Array(ServiceView),
  },
  listAllNodes: {
    method: 'GET',
    path: '/plexus/v1/nodes',
    summary: 'Every node that the coordinator knows, online or not.',
    auth: 'key',
    query: Type.Object(PageQuery),
    status: 200,
    response: page(NodeView),
  },
  drainNode: {
    method: 'POST',
    path: '/plexus/v1/nodes/{node_id}/drain',
    summary: 'Let a node finish what runs and give it nothing new until it reconnects.',
    auth: 'operator',
    params: Type.Object({ node_id: Id }),
    status: 200,
    response: NodeView,
  },
  releaseNodeRewards: {
    method: 'POST',
    path: '/plexus/v1/nodes/{node_id}/release',
    summary:
      'Pay what a node has earned to its owner; for operators, what a node without a key of its own has, to any account.',
    auth: 'key',
    params: Type.Object({ node_id: Id }),
    body: Type.Object({ account_id: Id }),
    status: 200,
    response: Type.Object({ node_id: Type.String(), account_id: Type.String(), released: Credits }),
  },
});
