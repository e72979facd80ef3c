/** Everything the CLI touches of its surroundings, so that a test can stand in for a terminal. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Where a person types; only where stdin and stdout both are a terminal. */
  readonly terminal?: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof fetch;
  /** Aborts at the first SIGINT or SIGTERM, and for a child when its parent says so or is gone. */
  readonly signal: AbortSignal;
  /** Says that others depend on this process now: it goes on when stdout or stderr cannot be written any more. */
  readonly becomeServer?: () => void;
  /** Tells the `plexus up` that started this process; absent where nobody did. */
  readonly tellParent?: (message: unknown) => void;
}

/** The two ends of a terminal. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
}

export interface Sink {
  readonly isTTY: boolean;
  write(text: string): void;
}
