/** Plexus's own API under /plexus/v1: what the five dialects have no word for. Used by the CLI and the SDK. */
import { endpoints } from '../endpoint.ts';
import { accountsEndpoints } from './accounts.ts';
import { jobsEndpoints } from './jobs.ts';
import { networkEndpoints } from './network.ts';
import { receiptsEndpoints } from './receipts.ts';

export const plexusEndpoints = endpoints({
  ...networkEndpoints,
  ...jobsEndpoints,
  ...receiptsEndpoints,
  ...accountsEndpoints,
});
