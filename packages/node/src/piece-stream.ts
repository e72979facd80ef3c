import { STREAM_WINDOW, type TaskAssign, type TaskChunk } from '@plexus/protocol';
import type { Piece } from '@plexus/runners';

/** Pieces in one message: an engine that never lets the event loop go on is made to. */
const MAX_JOINED = 64;
/** Characters from which on nothing joins a message: a coordinator refuses a job whose piece has 262,144. */
const MAX_JOINED_CHARACTERS = 65_536;

/**
 * The pieces of one lease on their way to the coordinator. Those of one turn of the event loop go as one, so that a fast
 * engine costs no message a token; the runner waits while too many messages are not taken yet.
 */
export class PieceStream {
  readonly #lease: { readonly task_id: string; readonly epoch: number };
  #next: TaskChunk | undefined;
  /** Pieces in the message of this turn. */
  #joined = 0;
  #sent = 0;
  #taken = 0;
  #tokens = 0;
  #goOn: (() => void) | undefined;

  constructor(lease: { readonly task_id: string; readonly epoch: number }) {
    this.#lease = lease;
  }

  /** For a task whose pieces are asked for; an original coordinator never asks. */
  static of({ task_id, epoch, stream }: TaskAssign): PieceStream | undefined {
    return stream === true && epoch !== undefined ? new PieceStream({ task_id, epoch }) : undefined;
  }

  /** What this node has made of the answer. */
  get tokens(): number {
    return this.#tokens;
  }

  /** @returns whether it is the first piece of this turn */
  add(piece: Piece): boolean {
    const { text, tokens, tokenIds, promptTokens } = piece;
    this.#joined += 1;
    this.#tokens += tokens;
    if (this.#next) {
      join(this.#next, piece);
      return false;
    }
    const { task_id, epoch } = this.#lease;
    // Named one by one: a spread to which fields are added costs a token 3 µs.
    const chunk: TaskChunk = { task_id, epoch, seq: this.#sent++, text, tokens };
    if (tokenIds) chunk.token_ids = tokenIds.slice();
    else if (tokens === 0) chunk.token_ids = [];
    if (promptTokens !== undefined) chunk.prompt_tokens = promptTokens;
    this.#next = chunk;
    return true;
  }

  /** The message of this turn. */
  take(): TaskChunk | undefined {
    const chunk = this.#next;
    this.#next = undefined;
    this.#joined = 0;
    this.#resume();
    return chunk;
  }

  /** Resolves when another piece may be sent; nothing to wait for is the usual case. */
  room(): Promise<void> | undefined {
    if (this.#hasRoom()) return undefined;
    return new Promise((resolve) => (this.#goOn = resolve));
  }

  /** The coordinator took the pieces before `seq`. */
  taken(seq: number): void {
    this.#taken = Math.max(this.#taken, Math.min(seq, this.#sent));
    this.#resume();
  }

  #hasRoom(): boolean {
    const characters = this.#next?.text.length ?? 0;
    return this.#sent - this.#taken < STREAM_WINDOW && this.#joined < MAX_JOINED && characters < MAX_JOINED_CHARACTERS;
  }

  #resume(): void {
    if (!this.#hasRoom()) return;
    this.#goOn?.();
    this.#goOn = undefined;
  }
}

/** A token without an id makes the whole message one without. */
function join(chunk: TaskChunk, { text, tokens, tokenIds, promptTokens }: Piece): void {
  chunk.text += text;
  if (promptTokens !== undefined) chunk.prompt_tokens = promptTokens;
  if (chunk.token_ids && (tokenIds || tokens === 0)) chunk.token_ids.push(...(tokenIds ?? []));
  else if (tokens > 0) delete chunk.token_ids;
  chunk.tokens += tokens;
}
