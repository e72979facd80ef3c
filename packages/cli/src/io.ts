/** Everything the CLI touches of its surroundings, so that a test can stand in for a terminal. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof fetch;
  /** Aborts at the first SIGINT or SIGTERM, and for a child when its parent says so or is gone. */
  readonly signal: AbortSignal;
  /** Tells the `plexus up` that started this process; absent where nobody did. */
  readonly tellParent?: (message: unknown) => void;
}

export interface Sink {
  readonly isTTY: boolean;
  write(text: string): void;
}
