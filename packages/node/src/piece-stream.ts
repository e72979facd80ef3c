import { STREAM_WINDOW, type TaskAssign, type TaskChunk } from '@plexus/protocol';
import type { Piece } from '@plexus/runners';

/** Numbers the pieces of one lease, and makes its runner wait while too many of them are not taken yet. */
export class PieceStream {
  readonly #lease: { readonly task_id: string; readonly epoch: number };
  #sent = 0;
  #taken = 0;
  #goOn: (() => void) | undefined;

  constructor(lease: { readonly task_id: string; readonly epoch: number }) {
    this.#lease = lease;
  }

  /** For a task whose pieces are asked for; an original coordinator never asks. */
  static of({ task_id, epoch, stream }: TaskAssign): PieceStream | undefined {
    return stream === true && epoch !== undefined ? new PieceStream({ task_id, epoch }) : undefined;
  }

  /** The piece as a message, in its place. */
  number({ text, tokens, tokenIds, promptTokens }: Piece): TaskChunk {
    const chunk: TaskChunk = { ...this.#lease, seq: this.#sent++, text, tokens };
    if (tokenIds) chunk.token_ids = [...tokenIds];
    if (promptTokens !== undefined) chunk.prompt_tokens = promptTokens;
    return chunk;
  }

  /** Resolves when another piece may be sent; nothing to wait for is the usual case. */
  room(): Promise<void> | undefined {
    if (this.#sent - this.#taken < STREAM_WINDOW) return undefined;
    return new Promise((resolve) => (this.#goOn = resolve));
  }

  /** The coordinator took the pieces before `seq`. */
  taken(seq: number): void {
    this.#taken = Math.max(this.#taken, Math.min(seq, this.#sent));
    if (this.#sent - this.#taken >= STREAM_WINDOW) return;
    this.#goOn?.();
    this.#goOn = undefined;
  }
}
