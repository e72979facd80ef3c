import type { RunErrorCode } from '../runner.ts';
import type { Embedded } from './engine.ts';

/** Messages between the node and its thread for embeddings. */
export type ToEmbedder =
  | { readonly type: 'embed'; readonly id: number; readonly texts: readonly string[] }
  | { readonly type: 'cancel'; readonly id: number };

export type FromEmbedder =
  | { readonly type: 'ready'; readonly sha256: string }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'progress'; readonly id: number; readonly done: number }
  | { readonly type: 'embedded'; readonly id: number; readonly result: Embedded }
  | { readonly type: 'failed'; readonly id: number; readonly code: RunErrorCode; readonly message: string };
