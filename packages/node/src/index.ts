export { examinePython, type PythonExamination } from './examine-python.ts';
export { startNode } from './node.ts';
export type { NodeOptions, RunningNode, ServiceState } from './options.ts';
