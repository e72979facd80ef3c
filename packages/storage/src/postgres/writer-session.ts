import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../sqlite/adapter.ts';
import { StorageError } from '../storage-error.ts';
import type { DatabaseUrl } from './database-url.ts';
import { migrate } from './migrations.ts';
import { openSession, type Session, type Statement } from './session.ts';
import { MIGRATION_SETTINGS, writerSettings } from './settings.ts';

/** Another writer's connection that has just broken may still count for a moment. */
const LOCK_TIMEOUT_MS = 5_000;
const LOCK_POLL_MS = 100;

/**
 * `one` proves by a lock, held by the very connection that writes, that nobody else does. `several` share the database:
 * each reads and locks whatever it touches.
 */
export type Writers = 'one' | 'several';

export interface WriterOptions {
  readonly database: DatabaseUrl;
  /** Of this writer for as long as it lives, over all its connections. */
  readonly writerId: string;
  readonly writers: Writers;
}

/** A connection that writes the books. */
export interface WriterSession extends Session {
  /** Whether it is proven that nobody else writes while this connection stands. */
  readonly isSole: boolean;
  /** The newest batch of this writer that is known to be on disk; nothing of an earlier connection can come after it. */
  lastBatch: number;
  /**
   * Notes in a batch's own transaction that it is on disk. It finds no row, and the batch must fail, once a later
   * connection of the same writer has taken over.
   */
  mark(batch: number): Statement;
}

const TERMINATE: Statement = {
  name: 'terminate earlier',
  text: 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()',
};
const ENTER: Statement = {
  name: 'enter writer',
  text: 'INSERT INTO writer (id, is_alone, session, batch, opened_at) VALUES ($1, $2, 1, 0, now()) RETURNING session, batch',
};
/** Waits for a transaction of the earlier connection that has begun; none can begin afterwards. */
const TAKE_OVER: Statement = {
  name: 'take over',
  text: 'UPDATE writer SET session = session + 1 WHERE id = $1 RETURNING session, batch',
};
/** Whoever is alone has nobody beside him, and who is not has nobody beside him that is. */
const REMOVE: Readonly<Record<Writers, Statement>> = {
  one: { name: 'remove others', text: 'DELETE FROM writer WHERE id <> $1' },
  several: { name: 'remove the one', text: 'DELETE FROM writer WHERE id <> $1 AND is_alone' },
};
const KNOWN: Statement = { name: 'find writer', text: 'SELECT 1 FROM writer WHERE id = $1' };
const MARK: Statement = {
  name: 'mark batch',
  text: 'UPDATE writer SET batch = $3 WHERE id = $1 AND session = $2 RETURNING 1',
};
const LOCK: Readonly<Record<Writers, Statement>> = {
  one: { name: 'lock alone', text: 'SELECT pg_try_advisory_lock(7587369, 0) AS locked' },
  several: { name: 'lock shared', text: 'SELECT pg_try_advisory_lock_shared(7587369, 0) AS locked' },
};

/**
 * Gives the lock up. It ends with the connection anyhow, but for a pooler that keeps it for other clients: the database
 * would be taken for as long.
 */
export async function unlock(session: Session): Promise<void> {
  await session.script('SELECT pg_advisory_unlock_all()').catch(() => undefined);
}

/**
 * Opens a connection that nothing of this writer's earlier one can come after.
 *
 * @param before the earlier connection, where there was one
 * @throws {StorageError} unavailable, newer_schema, in_use, went_back
 */
export async function openWriterSession(options: WriterOptions, before?: WriterSession): Promise<WriterSession> {
  const { database, writerId, writers } = options;
  const name = `plexus ${writerId}`;
  const session = await openSession(database, name);
  try {
    await session.script(MIGRATION_SETTINGS);
    const settings = await writerSettings(session);
    await migrate(session);
    await session.script(settings);
    await session.send([{ ...TERMINATE, values: [name] }]);
    if (!(await lock(session, writers))) throw await lockedOut(session, options, before !== undefined);
    const { number, lastBatch } = await (before
      ? takeOver(session, writerId, before.lastBatch)
      : enter(session, options));
    return Object.assign(session, {
      isSole: writers === 'one',
      lastBatch,
      mark: (batch: number): Statement => ({ ...MARK, values: [writerId, number, batch] }),
    });
  } catch (error) {
    await unlock(session);
    await session.close();
    throw error;
  }
}

/** @returns whether it was to be had in time */
async function lock(session: Session, writers: Writers): Promise<boolean> {
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    const [[row] = []] = await session.send([LOCK[writers]]);
    if (row?.['locked'] === 't') return true;
    if (performance.now() > deadline) return false;
    await sleep(LOCK_POLL_MS);
  }
}

/** Who had the lock before may be waiting for the end of his own earlier connection, which takes its time. */
async function lockedOut(
  session: Session,
  { database, writerId }: WriterOptions,
  hadIt: boolean,
): Promise<StorageError> {
  const [known = []] = hadIt ? await session.send([{ ...KNOWN, values: [writerId] }]) : [];
  if (known.length === 0) return inUse(`Another coordinator writes to the database ${database.shown}`);
  return new StorageError('unavailable', `The lock on the database ${database.shown} is not free yet`);
}

interface Place {
  readonly number: number;
  readonly lastBatch: number;
}

async function enter(session: Session, { writerId, writers }: WriterOptions): Promise<Place> {
  const entering = { ...ENTER, values: [writerId, String(writers === 'one')] };
  const [, [row] = []] = await session.send([{ ...REMOVE[writers], values: [writerId] }, entering]);
  return placeOf(row);
}

async function takeOver(session: Session, writerId: string, written: number): Promise<Place> {
  const [[row] = []] = await session.send([{ ...TAKE_OVER, values: [writerId] }]);
  if (row && Number(row['batch']) < written) {
    throw new StorageError('went_back', 'The database has lost what was written to it, as a replica that was behind');
  }
  if (row) return placeOf(row);
  // Then nothing holds any more that is known here, and nobody can say what became of the last commit.
  throw inUse('Another coordinator has written to the database while it was out of reach');
}

function placeOf(row: Row | undefined): Place {
  return { number: Number(row?.['session']), lastBatch: Number(row?.['batch']) };
}

function inUse(message: string): StorageError {
  return new StorageError('in_use', message);
}
