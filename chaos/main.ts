export type { Surroundings } from './run.ts';
export { readOptions, USAGE } from './options.ts';
export { runChaos } from './run.ts';
