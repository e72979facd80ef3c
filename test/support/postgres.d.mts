/** A PostgreSQL server of a test's own. */
export interface TestPostgres {
  /** With user and password, of its database `postgres`. */
  readonly url: string;
  /** SIGKILL to every one of its processes; returns when they are gone. */
  kill(): Promise<void>;
  /** Starts it again on its data, at the same address; ends it first where it runs. */
  restart(): Promise<void>;
  /** Ends it and removes all that it wrote. */
  stop(): Promise<void>;
}

/** Makes and starts a server; needs PostgreSQL to be installed, and as root a user `postgres` or `nobody`. */
export function startPostgres(options?: {
  /** What differs in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False for a server that is faster and loses everything with the machine. */
  readonly isDurable?: boolean;
}): Promise<TestPostgres>;

/** Where the server's programs are; undefined where PostgreSQL is not installed. */
export function findPostgres(): string | undefined;
