/** The network and its proofs of work. Source: seed 003. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Instant, Neuro, Nullable } from './common.ts';

const Count = Type.Integer();

export const shardNetworkEndpoints = endpoints({
  getShardNetwork: {
    method: 'GET',
    path: '/api/v1/network',
    summary: 'Get network statistics.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      nodes: Type.Object({ total: Count, drivers: Count, workers: Count, validators: Count }),
      architecture: Type.Object({ layers: Count, hidden_dim: Count, parameters: Type.String() }),
      capacity: Type.Object({ total_memory_gb: Type.Number(), used_memory_gb: Type.Number() }),
      training: Type.Object({ epoch: Count, global_step: Count, loss: Nullable(Type.Number()) }),
    }),
  },
  listProofs: {
    method: 'GET',
    path: '/api/v1/proofs',
    summary: "Get proof history of the node that is asked, newest first; at the coordinator of the caller's node.",
    auth: 'key',
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
      node_id: Type.Optional(Type.String({ maxLength: 200, description: 'Only where no node is asked.' })),
    }),
    status: 200,
    response: Type.Object({
      proofs: Type.Array(
        Type.Object({
          id: Type.String(),
          type: Type.String({ description: '`inference`, `uptime`, `forward`, `training` or `data`.' }),
          layer: Nullable(Count),
          timestamp: Instant,
          verified: Type.Boolean(),
          reward: Neuro,
        }),
      ),
      stats: Type.Object({ total_submitted: Count, total_verified: Count, total_reward: Neuro }),
    }),
  },
  getNodeRewards: {
    method: 'GET',
    path: '/api/v1/wallet/rewards',
    summary: 'What the node that is asked has earned, today in UTC and in all, and may earn by what it works on now.',
    auth: 'none',
    query: Type.Object({
      node_id: Type.Optional(Type.String({ maxLength: 200, description: 'Only where no node is asked.' })),
    }),
    status: 200,
    response: Type.Object({ earned_today: Neuro, earned_total: Neuro, pending: Neuro }),
  },
});
