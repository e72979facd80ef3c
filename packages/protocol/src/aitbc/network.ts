/** AITBC's figures about the network. Source: seed 002, "Analytics" and "Health". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Amount, Id, Instant } from './common.ts';

const Seconds = Type.Number({ description: 'Seconds; 0 when there is none yet.' });
const Health = Type.Enum(['healthy', 'unhealthy']);

export const networkEndpoints = endpoints({
  getMarketplaceStats: {
    method: 'GET',
    path: '/v1/marketplace/stats',
    summary: 'What the marketplace has done, counted in the same commits as the jobs themselves.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      total_jobs: Type.Integer(),
      active_jobs: Type.Integer({ description: 'Submitted or running.' }),
      completed_jobs: Type.Integer(),
      failed_jobs: Type.Integer({ description: 'Those that ran out of time too.' }),
      average_completion_time: Seconds,
      total_volume: Amount,
      active_miners: Type.Integer({ description: 'Online now.' }),
    }),
  },
  getMinerStats: {
    method: 'GET',
    path: '/v1/miners/{miner_id}/stats',
    summary: 'What a miner has done and earned.',
    auth: 'none',
    params: Type.Object({ miner_id: Id }),
    status: 200,
    response: Type.Object({
      miner_id: Type.String(),
      reputation: Type.Number({ description: '0 to 5.' }),
      total_jobs: Type.Integer({ description: 'That it completed or failed.' }),
      success_rate: Type.Number({ description: '0 to 1.' }),
      average_completion_time: Seconds,
      total_earned: Amount,
      active_since: Instant,
    }),
    errors: { 404: 'MINER_NOT_FOUND' },
  },
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Whether the coordinator can do its work. `blockchain` is the log of receipts.',
    auth: 'none',
    status: 200,
    response: Type.Object({
      status: Type.Enum(['ok', 'degraded']),
      version: Type.String(),
      environment: Type.String(),
      timestamp: Instant,
      services: Type.Object({ database: Health, blockchain: Health, marketplace: Health }),
    }),
  },
});
