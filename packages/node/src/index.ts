export { createEngineExaminer, type EngineExaminer } from './examine-engines.ts';
export { startNode } from './node.ts';
export type { NodeOptions, RunningNode, ServiceState } from './options.ts';
