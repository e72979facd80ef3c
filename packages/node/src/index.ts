export { createEngineExaminer, type EngineExaminer, type EnginePlaces } from './examine-engines.ts';
export { startNode } from './node.ts';
export type { NodeOptions, RunningNode, ServiceState } from './options.ts';
