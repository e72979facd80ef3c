import { countsSchema } from '../counts-schema.ts';
import { feedSchema } from '../feed-schema.ts';
import { nodeSchema } from '../node-schema.ts';
import { offersSchema } from '../offers-schema.ts';
import { fleetSchema, PAYOUTS_BY_TIME } from '../fleet-schema.ts';
import { StorageError } from '../storage-error.ts';
import type { Database } from './adapter.ts';
import { FIRST_SCHEMA } from './first-schema.ts';

/** Version 2: what the node said of its work, what the client asked of the node, and a key's own limit of jobs. */
const FACTS_AND_DEMANDS = `
ALTER TABLE job ADD COLUMN facts TEXT;
ALTER TABLE job ADD COLUMN demands TEXT;
ALTER TABLE api_key ADD COLUMN max_running BIGINT;
`;

/**
 * Version 3: the sums over all accounts, kept as rows change, so that asking for them costs the same with ten accounts
 * and a million. They follow the rows and not the transfers, so that a fault in a balance still shows in them.
 */
const ACCOUNT_TOTAL = `
CREATE TABLE account_total (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  total BIGINT NOT NULL,
  held BIGINT NOT NULL
);
INSERT INTO account_total (id, total, held)
  SELECT 1, COALESCE(SUM(available + held + staked + cooling), 0), COALESCE(SUM(held), 0) FROM account;
CREATE TRIGGER account_opened AFTER INSERT ON account BEGIN
  UPDATE account_total SET
    total = total + NEW.available + NEW.held + NEW.staked + NEW.cooling,
    held = held + NEW.held;
END;
CREATE TRIGGER account_changed AFTER UPDATE ON account BEGIN
  UPDATE account_total SET
    total = total + NEW.available + NEW.held + NEW.staked + NEW.cooling
      - OLD.available - OLD.held - OLD.staked - OLD.cooling,
    held = held + NEW.held - OLD.held;
END;
CREATE TRIGGER account_deleted AFTER DELETE ON account BEGIN
  UPDATE account_total SET
    total = total - OLD.available - OLD.held - OLD.staked - OLD.cooling,
    held = held - OLD.held;
END;
`;

/**
 * Version 4: every job stands in one index of its account by what became of it, instead of in one of all jobs and, where
 * it was not paid, in another. So a list of one state costs the same whatever the other jobs are, and a task that is paid
 * writes as many entries as before.
 */
const JOBS_BY_FATE = `
CREATE INDEX job_open_of_account ON job (account_id, id) WHERE state IN ('queued', 'running');
CREATE INDEX job_completed_of_account ON job (account_id, id) WHERE state = 'completed';
DROP INDEX job_of_account;
`;

/** Version 5. */
const COUNTS = countsSchema({ key: 'TEXT', changing: '' });

/** Version 6. */
const FEED = feedSchema({ key: 'TEXT', number: 'INTEGER' });

/** Version 7. */
const NODES = nodeSchema({ key: 'TEXT' });

/** Version 8. */
const OFFERS = offersSchema({ key: 'TEXT' });

/** Version 9. */
const FLEET = fleetSchema({ key: 'TEXT' });

/** One script for each version of the schema, oldest first. What was released is never changed, only added to. */
export const MIGRATIONS: readonly string[] = [
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

/** The version that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the schema to the program's version, each step in its own transaction.
 *
 * @throws {StorageError} newer_schema when a newer program has written the database
 */
export function migrate(database: Database, migrations = MIGRATIONS): void {
  database.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at BIGINT NOT NULL)');
  while (versionOf(database) < migrations.length) migrateOnce(database, migrations);
  const version = versionOf(database);
  if (version <= migrations.length) return;
  throw new StorageError(
    'newer_schema',
    `The database has schema ${version}, this program knows ${migrations.length}: start a newer version of Plexus`,
  );
}

function migrateOnce(database: Database, migrations: readonly string[]): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another process may have migrated while this one waited for the lock.
    const version = versionOf(database);
    const script = migrations[version];
    if (script !== undefined) {
      database.exec(script);
      const insert = database.prepare('INSERT INTO schema_version (version, applied_at) VALUES (?, ?)');
      insert.run([version + 1, Date.now()]);
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** The version of a database; 0 where there are no books yet. */
export function versionOf(database: Database): number {
  const isThere = database.prepare("SELECT 1 AS one FROM sqlite_schema WHERE name = 'schema_version'").get();
  if (!isThere) return 0;
  return Number(database.prepare('SELECT MAX(version) AS version FROM schema_version').get()?.['version'] ?? 0);
}
