import type { Client, QueryResult } from 'pg';
import type { Row } from '../sqlite/adapter.ts';
import { fromSqlText } from '../sqlite/text.ts';
import { messageOf, StorageError } from '../storage-error.ts';
import type { DatabaseUrl } from './database-url.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** A server that needs longer than this for what was sent is as good as gone. */
const ANSWER_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** A statement that is planned once for each connection; `name` stands for `text`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly (string | number | Buffer | null)[];
}

/** One connection to PostgreSQL. */
export interface Session {
  /**
   * Sends statements without waiting between them, and answers when all are done: each one's rows.
   *
   * @throws {Error} what the first that failed said, or how the connection was lost
   */
  send(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** Runs SQL without parameters. @returns rows of the last statement */
  script(sql: string, timeoutMs?: number): Promise<readonly Row[]>;
  /** Whether the connection is gone. */
  readonly isLost: boolean;
  /** Told once, when it is lost without `close`. */
  onLost(tell: (error: Error) => void): void;
  close(): Promise<void>;
}

/** @throws {StorageError} unavailable */
export async function openSession(database: DatabaseUrl, applicationName: string): Promise<Session> {
  // Whoever keeps his books in SQLite does not load it.
  const { Client } = await import('pg');
  const client = new Client({
    connectionString: database.url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    types: { getTypeParser },
  });
  const session = new ClientSession(client);
  try {
    await client.connect();
    return session;
  } catch (cause) {
    void session.close();
    throw new StorageError('unavailable', `Cannot reach the database ${database.shown}: ${reasonOf(cause)}`, { cause });
  }
}

class ClientSession implements Session {
  private lost: Error | undefined;
  private isClosing = false;
  private tellLost: (error: Error) => void = () => undefined;
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.lose(new Error('The connection to the database has ended')));
  }

  get isLost(): boolean {
    return this.lost !== undefined;
  }

  onLost(tell: (error: Error) => void): void {
    this.tellLost = tell;
    if (this.lost && !this.isClosing) tell(this.lost);
  }

  async send(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    const { stream } = this.client.connection;
    stream.cork();
    const asked = statements.map(({ name, text, values = [] }) =>
      this.client.query<Row>({ name, text, values: [...values] }),
    );
    stream.uncork();
    return (await this.answers(asked, ANSWER_TIMEOUT_MS)).map(({ rows }) => rows);
  }

  async script(sql: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<readonly Row[]> {
    const [result] = await this.answers([this.client.query<Row>(sql)], timeoutMs);
    return [result].flat().at(-1)?.rows ?? [];
  }

  async close(): Promise<void> {
    this.isClosing = true;
    const timer = setTimeout(() => this.client.connection.stream.destroy(), CLOSE_TIMEOUT_MS);
    await this.client.end().catch(() => undefined);
    clearTimeout(timer);
  }

  private async answers(
    asked: readonly Promise<QueryResult<Row>>[],
    timeoutMs: number,
  ): Promise<readonly QueryResult<Row>[]> {
    const timer = setTimeout(() => this.client.connection.stream.destroy(), timeoutMs);
    const settled = await Promise.allSettled(asked).finally(() => clearTimeout(timer));
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) {
      if (endsConnection(failed.reason)) this.lose(failed.reason);
      throw isSharedOut(failed.reason) ? sharedOut(failed.reason) : failed.reason;
    }
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  private lose(error: Error): void {
    if (this.lost) return;
    this.lost = error;
    this.client.connection.stream.destroy();
    if (!this.isClosing) this.tellLost(error);
  }
}

/**
 * Whether the server has given the connection up with this error, or is one that cannot be written to any more. Source:
 * PostgreSQL, appendix A: classes 08 and 57P, idle_in_transaction_session_timeout, read_only_sql_transaction.
 */
function endsConnection(error: unknown): error is Error {
  const code = codeOf(error);
  return code !== undefined && (/^(08|57P)/.test(code) || code === '25P03' || code === '25006');
}

/**
 * Whether this connection has met statements that were prepared on another one. Source: PostgreSQL, appendix A:
 * duplicate_prepared_statement, invalid_sql_statement_name.
 */
function isSharedOut(error: unknown): boolean {
  return ['42P05', '26000'].includes(codeOf(error) ?? '');
}

/** A pooler that gives statements to whichever connection it has free, and with them another client's settings and lock. */
export function sharedOut(cause?: unknown): StorageError {
  const message = 'A pooler shares its connections to the database out by transaction or statement';
  return new StorageError('unavailable', `${message}: go past it, or restart it in session mode`, { cause });
}

/** What PostgreSQL calls an error: five characters. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Where an address has several numbers, the library says nothing itself. */
export function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [];
  return messageOf(first ?? error);
}

/** Source: PostgreSQL, bytea_output = hex. */
function toBytes(hex: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(hex.slice(2), 'hex');
  return new Uint8Array(buffer, byteOffset, length);
}

/** Values as SQLite's adapter gives them, so that one set of readers serves both. */
function getTypeParser(id: number): (value: string) => unknown {
  switch (id) {
    case 20: // int8
    case 21: // int2
    case 23: // int4
    case 1700: // numeric: sums of int8
      return BigInt;
    case 700:
    case 701: // float8
      return Number;
    case 17: // bytea
      return toBytes;
    case 25: // text
    case 1043:
      return fromSqlText;
    default:
      return (value) => value;
  }
}
