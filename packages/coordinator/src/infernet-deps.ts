import type { InfernetDeps } from '@plexus/api';
import { createReportedJobs, nodeTally, pendingIn } from '@plexus/core';
import { PLEXUS_VERSION } from '@plexus/protocol';
import { type Network, timers } from './network.ts';
import { type CoordinatorOptions, isLocal } from './options.ts';

/** What Infernet's endpoints are given of the network. Clients without a key are served in local mode only. */
export function infernetDeps(network: Network, options: CoordinatorOptions): InfernetDeps {
  const { jobs, authenticator, passes, guests, registry, live, books } = network;
  const clock = () => new Date();
  return {
    jobs,
    authenticator,
    passes,
    guests: isLocal(options) ? guests : undefined,
    reported: createReportedJobs({ books, live, timers, clock }),
    sites: {
      siteOf: (nodeId) => registry.find(nodeId)?.infernet,
      pendingOf: (nodeId) => live.tallyOf(nodeTally(nodeId)),
      pendingFor: pendingIn(live),
    },
    version: PLEXUS_VERSION,
    clock,
    ...(options.rateLimits === 'off' && { rateLimits: 'off' }),
  };
}
