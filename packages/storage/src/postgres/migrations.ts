import { countsSchema } from '../counts-schema.ts';
import { feedSchema } from '../feed-schema.ts';
import { nodeSchema } from '../node-schema.ts';
import { offersSchema } from '../offers-schema.ts';
import { fleetSchema, PAYOUTS_BY_TIME } from '../fleet-schema.ts';
import { messageOf, StorageError } from '../storage-error.ts';
import { FIRST_SCHEMA, KEY } from './first-schema.ts';
import { codeOf, type Session } from './session.ts';

/** Version 2: what the node said of its work, what the client asked of the node, and a key's own limit of jobs. */
const FACTS_AND_DEMANDS = `
ALTER TABLE job ADD COLUMN facts TEXT;
ALTER TABLE job ADD COLUMN demands TEXT;
ALTER TABLE api_key ADD COLUMN max_running BIGINT;
`;

/**
 * Version 3: the sums over all accounts, kept as rows change. There are several rows of them, and each connection has one
 * of these, so that writers do not wait for each other; added up when read.
 */
const ACCOUNT_TOTAL = `
CREATE TABLE account_total (
  id BIGINT PRIMARY KEY,
  total BIGINT NOT NULL,
  held BIGINT NOT NULL
) WITH (fillfactor = 50);
INSERT INTO account_total (id, total, held)
  SELECT 0, COALESCE(SUM(available + held + staked + cooling), 0), COALESCE(SUM(held), 0) FROM account;
CREATE FUNCTION add_to_account_total(added NUMERIC, added_held NUMERIC) RETURNS void LANGUAGE sql AS $$
  INSERT INTO account_total (id, total, held)
    VALUES (pg_backend_pid() % 16, COALESCE(added, 0), COALESCE(added_held, 0))
    ON CONFLICT (id) DO UPDATE SET
      total = account_total.total + excluded.total, held = account_total.held + excluded.held;
$$;
CREATE FUNCTION follow_new_accounts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM add_to_account_total(SUM(available + held + staked + cooling), SUM(held)) FROM new_rows;
  RETURN NULL;
END $$;
CREATE FUNCTION follow_changed_accounts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM add_to_account_total(
    (SELECT SUM(available + held + staked + cooling) FROM new_rows)
      - (SELECT SUM(available + held + staked + cooling) FROM old_rows),
    (SELECT SUM(held) FROM new_rows) - (SELECT SUM(held) FROM old_rows));
  RETURN NULL;
END $$;
CREATE FUNCTION follow_deleted_accounts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM add_to_account_total(-SUM(available + held + staked + cooling), -SUM(held)) FROM old_rows;
  RETURN NULL;
END $$;
CREATE TRIGGER account_opened AFTER INSERT ON account
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_new_accounts();
CREATE TRIGGER account_changed AFTER UPDATE ON account
  REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION follow_changed_accounts();
CREATE TRIGGER account_deleted AFTER DELETE ON account
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION follow_deleted_accounts();
`;

/** Version 4: every job stands in one index of its account by what became of it. */
const JOBS_BY_FATE = `
CREATE INDEX job_open_of_account ON job (account_id, id) WHERE state IN ('queued', 'running');
CREATE INDEX job_completed_of_account ON job (account_id, id) WHERE state = 'completed';
DROP INDEX job_of_account;
`;

/** Version 5. */
const COUNTS = `
ALTER TABLE job ALTER COLUMN service TYPE ${KEY};
${countsSchema({ key: KEY, changing: ' WITH (fillfactor = 50)' })}
`;

/** Version 6. */
const FEED = feedSchema({ key: KEY, number: 'BIGINT' });

/** Version 7. */
const NODES = nodeSchema({ key: KEY });

/** Version 8. Nodes are looked up by their account, which orders by bytes as every key does. */
const OFFERS = `ALTER TABLE node ALTER COLUMN account_id TYPE ${KEY};${offersSchema({ key: KEY })}`;

/** Version 9. */
const FLEET = fleetSchema({ key: KEY });

/** One script for each version of the schema, with SQLite's numbers. What was released is only added to. */
export const POSTGRES_MIGRATIONS: readonly string[] = [
  FIRST_SCHEMA,
  FACTS_AND_DEMANDS,
  ACCOUNT_TOTAL,
  JOBS_BY_FATE,
  COUNTS,
  FEED,
  NODES,
  OFFERS,
  FLEET,
  PAYOUTS_BY_TIME,
];

/** Large tables take their time, and so does waiting for another process that migrates them. */
const TIMEOUT_MS = 600_000;
/** One process migrates at a time: the others wait for it. */
const LOCK = 'SELECT pg_advisory_xact_lock(7587369, 2)';
const VERSION_TABLE =
  'CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)';

/**
 * Brings the schema to the program's version, each step in its own transaction.
 *
 * @throws {StorageError} newer_schema when a newer program has written the database; unavailable when something else
 *   has its tables there, or no tables may be made
 */
export async function migrate(session: Session, migrations = POSTGRES_MIGRATIONS): Promise<void> {
  for (let version = -1; version < migrations.length;) version = await migrateOnce(session, migrations);
}

/** @returns the version that the database has now */
async function migrateOnce(session: Session, migrations: readonly string[]): Promise<number> {
  await session.script('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await session.script(LOCK, TIMEOUT_MS);
    await session.script(VERSION_TABLE);
    const version = await versionOf(session);
    if (version > migrations.length) throw newerSchema(version, migrations.length);
    const script = migrations[version];
    if (script !== undefined) {
      await session.script(script, TIMEOUT_MS);
      await session.script(`INSERT INTO schema_version (version, applied_at) VALUES (${version + 1}, ${Date.now()})`);
    }
    await session.script('COMMIT');
    return script === undefined ? version : version + 1;
  } catch (error) {
    await session.script('ROLLBACK').catch(() => undefined);
    throw refusalOf(error) ?? error;
  }
}

/** Only in Plexus's own table of versions is there a time beside each. */
async function versionOf(session: Session): Promise<number> {
  const [row] = await session.script(
    'SELECT COALESCE(MAX(version), 0) AS version, MAX(applied_at) AS applied_at FROM schema_version',
  );
  return Number(row?.['version']);
}

/**
 * A database in which Plexus's tables cannot be. Source: PostgreSQL, appendix A: insufficient_privilege,
 * read_only_sql_transaction, invalid_schema_name; the others of class 42 say that names stand for something else.
 */
function refusalOf(error: unknown): StorageError | undefined {
  const code = codeOf(error) ?? '';
  const said = messageOf(error);
  if (['42501', '25006', '3F000'].includes(code)) {
    return new StorageError('unavailable', `No tables may be made in the database: ${said}`, { cause: error });
  }
  if (!code.startsWith('42')) return undefined;
  const message = `The database holds something else than Plexus's books (${said}): give Plexus one of its own`;
  return new StorageError('unavailable', message, { cause: error });
}

function newerSchema(version: number, known: number): StorageError {
  return new StorageError(
    'newer_schema',
    `The database has schema ${version}, this program knows ${known}: start a newer version of Plexus`,
  );
}
