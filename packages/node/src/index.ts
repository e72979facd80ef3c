export { startNode } from './node.ts';
export type { NodeOptions, RunningNode, ServiceState } from './options.ts';
