export { startCoordinator } from './coordinator.ts';
export { makeCredentials } from './keys/credentials.ts';
export type { LogLevel } from './logger.ts';
export { createLogger } from './logger.ts';
export type { CoordinatorOptions, RunningCoordinator } from './options.ts';
