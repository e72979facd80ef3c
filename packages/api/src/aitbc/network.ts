import { type aitbcEndpoints, formatCredits } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { AitbcDeps } from './deps.ts';

type NetworkHandlers = Pick<Handlers<typeof aitbcEndpoints>, 'getMarketplaceStats' | 'getMinerStats' | 'getHealth'>;

type NetworkDeps = Pick<AitbcDeps, 'statistics' | 'wellbeing' | 'version' | 'environment' | 'clock'>;

/** Endpoints about the network as a whole, open to everybody. */
export function networkHandlers({ statistics, wellbeing, version, environment, clock }: NetworkDeps): NetworkHandlers {
  return {
    async getMarketplaceStats() {
      const { jobs, open, completed, failed, meanCompletionMs, volume, nodes } = await statistics.network();
      return {
        total_jobs: jobs,
        active_jobs: open,
        completed_jobs: completed,
        failed_jobs: failed,
        average_completion_time: inSeconds(meanCompletionMs),
        total_volume: formatCredits(volume),
        active_miners: nodes,
      };
    },

    async getMinerStats({ params }) {
      const { nodeId, reputation, turns, successRate, meanTurnMs, earned, since } = await statistics.node(
        params.miner_id,
      );
      return {
        miner_id: nodeId,
        reputation,
        total_jobs: turns,
        success_rate: successRate,
        average_completion_time: inSeconds(meanTurnMs),
        total_earned: formatCredits(earned),
        active_since: since.toISOString(),
      };
    },

    async getHealth() {
      const { database, log, market } = await wellbeing();
      const services = { database: wordOf(database), blockchain: wordOf(log), marketplace: wordOf(market) };
      const isWell = database && log && market;
      return {
        status: isWell ? 'ok' : 'degraded',
        version,
        environment,
        timestamp: clock().toISOString(),
        services,
      };
    },
  };
}

function wordOf(isWell: boolean): 'healthy' | 'unhealthy' {
  return isWell ? 'healthy' : 'unhealthy';
}

/** Whole milliseconds as seconds. */
function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
