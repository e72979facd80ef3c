import type { CocoonDeps, PayoutPlanDeps } from '@plexus/api';
import {
  createParticipantService,
  createPayoutPlanService,
  createPayoutService,
  createWorkerService,
  FLEET_METRICS,
  type ParticipantService,
  type PayoutPlanService,
  type PayoutService,
  prometheusText,
  type SeenWorker,
  type WalletLogin,
  type WorkerService,
} from '@plexus/core';
import { createEgress } from '@plexus/egress';
import { rawAddress } from '@plexus/ton';
import { newId } from '../ids.ts';
import { type CoordinatorOptions, isLocal } from '../options.ts';
import { Collector } from './collector.ts';
import { type NodeWorkersDeps, watchNodes } from './node-workers.ts';
import { startSeriesKeeper } from './series-keeper.ts';
import { createTonLogin, type TonLoginDeps } from './ton-login.ts';
import { createStatsClient } from './stats-client.ts';

/** Where workers may be asked although it is no public place. Source: contract/cocoon.md, "`localhost` is allow-listed". */
const LOCAL = ['localhost', '127.0.0.0/8', '::1'];

/** The fleet of a coordinator. */
export interface Fleet {
  readonly participants: ParticipantService;
  readonly workers: WorkerService;
  readonly payouts: PayoutService;
  readonly login: WalletLogin;
  readonly plans: PayoutPlanService;
  readonly collector: Collector;
  /** Workers as they stand now. */
  seen(): readonly SeenWorker[];
  /** Their metrics in Prometheus's text format. */
  readonly metricsText: () => string;
  close(): Promise<void>;
}

type FleetParts = Pick<NodeWorkersDeps, 'books' | 'events' | 'registry'> & Pick<TonLoginDeps, 'tokens' | 'mintId'>;

const clock = () => new Date();

/** Begins to ask the fleet's workers. */
export async function startFleet(
  { books, events, registry, tokens, mintId }: FleetParts,
  options: CoordinatorOptions,
): Promise<Fleet> {
  const { egressAllow = [], logger } = options;
  const allow = [...egressAllow, ...(isLocal(options) ? LOCAL : [])];
  const ask = createStatsClient(createEgress({ allow, allowHttp: true }));
  const { pollEveryMs } = options.fleet ?? {};
  const collector = new Collector({ books, ask, clock, logger, ...(pollEveryMs !== undefined && { pollEveryMs }) });
  const deps = { books, clock, rawAddress, live: collector, newId };
  await collector.start();
  const stopWatching = watchNodes({ books, events, registry, collector, clock, logger });
  const keeper = startSeriesKeeper({ books, clock, logger });
  return {
    participants: createParticipantService(deps),
    workers: createWorkerService(deps),
    payouts: createPayoutService(deps),
    plans: createPayoutPlanService(deps),
    login: createTonLogin({ books, tokens, mintId, domains: domainsOf(options), clock }),
    collector,
    seen: () => collector.seen(),
    metricsText: () => prometheusText(FLEET_METRICS, collector.seen()),
    async close() {
      stopWatching();
      await Promise.all([collector.close(), keeper.close()]);
    },
  };
}

/** Names under which wallets are shown this site. */
function domainsOf(options: CoordinatorOptions): readonly string[] {
  const { host, allowedHosts = [] } = options;
  return [host, ...allowedHosts, ...(isLocal(options) ? ['localhost'] : [])];
}

/** What a listener is given of the fleet. */
export interface FleetServing {
  readonly cocoon: CocoonDeps;
  readonly payoutPlans: PayoutPlanDeps;
  readonly fleetMetrics: () => string;
}

export function servingOf(
  { participants, workers, payouts, login, plans, metricsText: fleetMetrics }: Fleet,
  { authenticator, passes, options }: Pick<CocoonDeps, 'authenticator' | 'passes'> & { options: CoordinatorOptions },
): FleetServing {
  const { rateLimits, fleet = {} } = options;
  const { readsPerMinute = READS_PER_MINUTE, writesPerMinute = WRITES_PER_MINUTE } = fleet;
  const fleetLimits =
    rateLimits === 'off' ? 'off' : { reads: { perMinute: readsPerMinute }, writes: { perMinute: writesPerMinute } };
  return {
    cocoon: { participants, workers, payouts, login, authenticator, passes, clock, fleetLimits },
    payoutPlans: { plans, authenticator, ...(rateLimits === 'off' && { rateLimits }) },
    fleetMetrics,
  };
}

/** Source: seed 001, "Rate Limiting". */
const READS_PER_MINUTE = 100;
const WRITES_PER_MINUTE = 20;
