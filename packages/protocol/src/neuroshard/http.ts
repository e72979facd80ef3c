/** What a node's calls come to at the coordinator, by the limits that seed 003 names. Source: contract/neuroshard.md. */
import { endpoints } from '../endpoint.ts';
import { inferenceEndpoints } from './inference.ts';
import { shardNetworkEndpoints } from './network.ts';
import { trainingEndpoints } from './training.ts';
import { walletEndpoints } from './wallet.ts';

/** What concerns accounts, jobs and the network: a node hands it to its coordinator. */
export const neuroshardEndpoints = endpoints({
  ...inferenceEndpoints,
  ...shardNetworkEndpoints,
  ...trainingEndpoints,
  ...walletEndpoints,
});
