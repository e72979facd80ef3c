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
  /** The `plexus up` that started this process; absent where nobody did. */
  readonly parent?: Parent;
}

export interface Parent {
  tell(message: unknown): void;
  /** Resolves when it says which network to join; rejects when nobody will any more. */
  readonly network: Promise<NetworkToJoin>;
}

/** Where a node belongs, and what lets it in. */
export interface NetworkToJoin {
  readonly coordinatorUrl: string;
  readonly token: string;
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
