import { StorageError } from '../storage-error.ts';
import { type Session, sharedOut } from './session.ts';

/** How long a statement waits for a row that another writer has locked. */
const LOCK_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 25_000;
/** A writer that stops in the midst of a transaction holds up the others no longer than this. */
const IDLE_IN_TRANSACTION_MS = 15_000;
/** A writer whose machine is gone is noticed after about half a minute. */
const KEEPALIVE_SECONDS = 10;
const KEEPALIVE_PROBES = 2;

const COMMON = [
  "SET client_encoding = 'UTF8'",
  "SET bytea_output = 'hex'",
  'SET extra_float_digits = 1',
  `SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
  `SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`,
  // A coordinator with nothing to do keeps its connections, and by one of them the books.
  'SET idle_session_timeout = 0',
  'SET jit = off',
];

const WRITER = [
  `SET lock_timeout = ${LOCK_TIMEOUT_MS}`,
  `SET tcp_keepalives_idle = ${KEEPALIVE_SECONDS}`,
  `SET tcp_keepalives_interval = ${KEEPALIVE_SECONDS}`,
  `SET tcp_keepalives_count = ${KEEPALIVE_PROBES}`,
  // A writer finds every row by its key, however large a table has grown since its statements were planned.
  'SET enable_seqscan = off',
  'SET enable_hashjoin = off',
  'SET enable_mergejoin = off',
  'SET plan_cache_mode = force_generic_plan',
];

/** What bounds a migration is its own timeout, whatever the server's settings are. */
export const MIGRATION_SETTINGS = [
  'SET statement_timeout = 0',
  'SET lock_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
].join('; ');

/** Another client's lock is seen on this connection only where a pooler gives statements to whichever it has free. */
const HAS_LOCK = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = 7587369`;

/**
 * Settings of a connection that reads, beside one that has the writer's lock.
 *
 * @throws {StorageError} unavailable: a pooler gives both to one session of the server
 */
export async function readerSettings(session: Session): Promise<string> {
  const locks = await session.script(HAS_LOCK);
  if (locks.length > 0) throw sharedOut();
  return [...COMMON, 'SET default_transaction_read_only = on'].join('; ');
}

/**
 * Settings of a connection that writes. What is answered must be on disk: where the server would not wait for that,
 * this connection does.
 *
 * @throws {StorageError} unavailable: the database cannot hold every text
 */
export async function writerSettings(session: Session): Promise<string> {
  const asked = "SELECT current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS sync";
  const [row] = await session.script(asked);
  if (row?.['encoding'] !== 'UTF8') {
    throw new StorageError('unavailable', `The database's encoding is ${String(row?.['encoding'])}: it must be UTF8`);
  }
  const durable = row['sync'] === 'off' ? ['SET synchronous_commit = on'] : [];
  return [...COMMON, ...WRITER, ...durable].join('; ');
}
