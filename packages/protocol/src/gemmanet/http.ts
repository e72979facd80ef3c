/** The HTTP half of seed 000, one entry an endpoint. What the page leaves open is in contract/gemmanet.md. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';

/** Bytes of a request body that are accepted at most. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const Limit = (fallback: number) => Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: fallback }));

const NodeItem = Type.Object({
  node_id: Type.String(),
  name: Type.String(),
  capabilities: Type.Array(Type.String()),
  languages: Type.Array(Type.String()),
  online: Type.Boolean(),
  load: Type.Number(),
});

const TaskAnswer = Type.Object({
  task_id: Type.String(),
  status: Type.String({ description: '`completed`, or `failed` when every eligible node failed (cost 0).' }),
  result: Type.String(),
  cost: Type.Integer(),
  node_id: Type.String(),
  processing_time_ms: Type.Integer(),
});

const Balance = Type.Object({
  node_id: Type.String({ description: "The account's public id." }),
  balance: Type.Integer(),
  total_earned: Type.Integer(),
  total_spent: Type.Integer(),
});

const Transaction = Type.Object({
  id: Type.String(),
  tx_type: Type.String(),
  amount: Type.Integer({ description: 'Whole credits; charges are negative.' }),
  task_id: Type.Union([Type.String(), Type.Null()]),
  timestamp: Type.String(),
});

const Reputation = Type.Object({
  node_id: Type.String(),
  reputation: Type.Number({ description: '0 to 5.' }),
  completed: Type.Integer(),
  failed: Type.Integer(),
  ratings: Type.Integer(),
});

export const gemmanetEndpoints = endpoints({
  getStatus: {
    method: 'GET',
    path: '/api/v1/status',
    summary: 'Get the current network status.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      status: Type.String(),
      version: Type.String(),
      online_nodes: Type.Integer(),
      total_tasks_today: Type.Integer(),
    }),
  },
  listNodes: {
    method: 'GET',
    path: '/api/v1/nodes',
    summary: 'List online nodes, optionally filtered by capability.',
    auth: 'none',
    query: Type.Object({
      capability: Type.Optional(Type.String({ maxLength: 200, description: 'For example `translate`.' })),
    }),
    status: 200,
    response: Type.Array(NodeItem),
  },
  submitRequest: {
    method: 'POST',
    path: '/api/v1/request',
    summary: 'Submit a task request. The coordinator routes it to the best available node.',
    auth: 'body',
    idempotent: true,
    body: Type.Object(
      {
        task_type: Type.String({ minLength: 1, maxLength: 200, description: 'For example `echo` or `translate`.' }),
        content: Type.String({ description: 'Content to process.' }),
        params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        max_cost: Type.Optional(
          Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), Type.Null()], {
            description: 'Maximum credits willing to spend.',
          }),
        ),
        api_key: Type.Optional(Type.String({ description: 'Client API key.' })),
      },
      { examples: [{ task_type: 'echo', content: 'Hello world!' }] },
    ),
    status: 200,
    response: TaskAnswer,
    errors: {
      401: 'Missing API key',
      402: 'Insufficient credits or cost exceeds max_cost',
      404: 'No node available for this task',
      504: 'Task timed out (60s)',
    },
  },
  getBalance: {
    method: 'GET',
    path: '/api/v1/balance',
    summary: 'Get the credit balance for the authenticated account.',
    auth: 'key',
    status: 200,
    response: Balance,
  },
  getHistory: {
    method: 'GET',
    path: '/api/v1/history',
    summary: 'Get transaction history for the authenticated account, newest first.',
    auth: 'key',
    query: Type.Object({ limit: Limit(20) }),
    status: 200,
    response: Type.Array(Transaction),
  },
  register: {
    method: 'POST',
    path: '/api/v1/register',
    summary: 'Open an account and get its API key.',
    auth: 'none',
    idempotent: true,
    body: Type.Object(
      {
        email: Type.Optional(Type.Union([Type.String({ maxLength: 320 }), Type.Null()])),
        invite: Type.Optional(
          Type.String({ maxLength: 200, description: 'Needed where the coordinator is not on loopback.' }),
        ),
      },
      { examples: [{ email: 'you@example.com' }] },
    ),
    status: 200,
    response: Type.Object({ api_key: Type.String(), node_id: Type.String(), balance: Type.Integer() }),
  },
  rateTask: {
    method: 'POST',
    path: '/api/v1/rate',
    summary: 'Rate a completed task of yours, 1 to 5; a second rating replaces the first.',
    auth: 'key',
    body: Type.Object({ task_id: Type.String({ maxLength: 200 }), rating: Type.Integer({ minimum: 1, maximum: 5 }) }),
    status: 200,
    response: Type.Object({ status: Type.String(), node_id: Type.String(), reputation: Type.Number() }),
  },
  getReputation: {
    method: 'GET',
    path: '/api/v1/reputation/{node_id}',
    summary: "A node's reputation and what it is made of.",
    auth: 'none',
    params: Type.Object({ node_id: Type.String({ maxLength: 200 }) }),
    status: 200,
    response: Reputation,
  },
  getLeaderboard: {
    method: 'GET',
    path: '/api/v1/leaderboard',
    summary: 'Nodes by reputation, best first.',
    auth: 'none',
    query: Type.Object({ limit: Limit(10) }),
    status: 200,
    response: Type.Array(Reputation),
  },
});
