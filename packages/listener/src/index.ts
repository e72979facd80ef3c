export { clientErrorAnswer, MAX_HEAD_BYTES } from './client-error.ts';
export { KnownPaths } from './known-paths.ts';
export { connectionOptions, tendConnections } from './connections.ts';
export { useJsonOrNothing } from './json-or-nothing.ts';
export { refusalMessage } from './refusal-message.ts';
export { useRequestId } from './request-id.ts';
export { closeInStages } from './staged-close.ts';
