export type { AITBCClientOptions } from './client.ts';
export { AITBCClient } from './client.ts';
export type { WaitOptions } from './results.ts';
export { ApiError, ConnectionError } from '@plexus/sdk';
