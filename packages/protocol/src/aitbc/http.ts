/** AITBC's coordinator, one entry an endpoint. Every path is also there with `/api` before it. */
import { endpoints } from '../endpoint.ts';
import { jobsEndpoints } from './jobs.ts';
import { marketplaceEndpoints } from './marketplace.ts';
import { minersEndpoints } from './miners.ts';
import { networkEndpoints } from './network.ts';
import { receiptsEndpoints } from './receipts.ts';
import { registryEndpoints } from './registry.ts';
import { servicesEndpoints } from './services.ts';
import { webhooksEndpoints } from './webhooks.ts';

/** Where the paths are: the page's production address has the second. */
export const AITBC_PREFIXES = ['', '/api'] as const;

export const aitbcEndpoints = endpoints({
  ...jobsEndpoints,
  ...receiptsEndpoints,
  ...servicesEndpoints,
  ...registryEndpoints,
  ...marketplaceEndpoints,
  ...minersEndpoints,
  ...networkEndpoints,
  ...webhooksEndpoints,
});
