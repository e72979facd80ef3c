import { gemmanetEndpoints, plexusEndpoints } from '@plexus/protocol';
import { createClient } from '@plexus/sdk';

export const BALANCE = { node_id: 'a', balance: 1, total_earned: 0, total_spent: 0 };

/** Clients that note how long they would have waited between tries. */
export function clientsOf(
  baseUrl: string,
  more: { apiKey?: string; timeoutMs?: number; maxResponseBytes?: number } = {},
) {
  const waits: number[] = [];
  const options = {
    baseUrl,
    random: () => 1,
    wait: (ms: number) => {
      waits.push(ms);
      return Promise.resolve();
    },
    ...more,
  };
  const gemmanet = createClient(gemmanetEndpoints, options);
  return { gemmanet, network: createClient(plexusEndpoints, options), waits };
}
