import type { NetworkToJoin } from '../io.ts';

/** What a node that `plexus up` started tells it over the channel between them. */
export interface ServiceReport {
  readonly id: string;
  readonly available: boolean;
  readonly reason?: string;
  readonly remedy?: string;
}

export type NodeMessage =
  | { readonly type: 'started'; readonly nodeId: string; readonly urls: readonly string[] }
  | { readonly type: 'connected' }
  | { readonly type: 'services'; readonly services: readonly ServiceReport[] }
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'failed'; readonly message: string; readonly hint?: string };

/** What `plexus up` tells the node that it has started, once it knows. */
export interface NetworkMessage extends NetworkToJoin {
  readonly type: 'network';
}

const TYPES: ReadonlySet<unknown> = new Set<NodeMessage['type']>([
  'started',
  'connected',
  'services',
  'progress',
  'failed',
]);

/** The other end is the same program, so only messages that are none of these at all are kept out. */
export function isNodeMessage(value: unknown): value is NodeMessage {
  return typeof value === 'object' && value !== null && 'type' in value && TYPES.has(value.type);
}

export function isNetworkMessage(value: unknown): value is NetworkMessage {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'network';
}
