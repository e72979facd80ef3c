/** How containers are called, wherever they run. */

export interface ContainerCall {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  /** Bytes of the answer. */
  readonly maxBytes: number;
  /** Until the last byte. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** An answer whose body comes as it is read, whatever its status. */
export interface ContainerAnswer {
  readonly status: number;
  /** Reading it may fail. Whoever does not read it to its end destroys it. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/** One container of this node. What goes wrong is thrown with a message that may be shown to its clients. */
export interface ContainerCalls {
  call(call: ContainerCall): Promise<ContainerAnswer>;
}

/** The body of an answer, whole, as text. */
export async function textOf({ body }: ContainerAnswer): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
