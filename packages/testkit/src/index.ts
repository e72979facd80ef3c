export type { OpenedBooks } from './books-conformance.ts';
export { booksConformance } from './books-conformance.ts';
export { createMemoryBooks } from './memory-books.ts';
export type { WireMessage } from './raw-node.ts';
export { RawNode } from './raw-node.ts';
export type { Answer, CallOptions, TestNetwork, TestNetworkOptions } from './test-network.ts';
export { createTestNetwork } from './test-network.ts';
export type { TwoWriters } from './two-writers-conformance.ts';
export { twoWritersConformance } from './two-writers-conformance.ts';
