import { StorageError } from '../storage-error.ts';
import type { Database } from './adapter.ts';
import { FIRST_SCHEMA } from './first-schema.ts';

/** Version 2: what the node said of its work, what the client asked of the node, and a key's own limit of jobs. */
const FACTS_AND_DEMANDS = `
ALTER TABLE job ADD COLUMN facts TEXT;
ALTER TABLE job ADD COLUMN demands TEXT;
ALTER TABLE api_key ADD COLUMN max_running BIGINT;
`;

/** One script for each version of the schema, oldest first. What was released is never changed, only added to. */
const MIGRATIONS: readonly string[] = [FIRST_SCHEMA, FACTS_AND_DEMANDS];

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

function versionOf(database: Database): number {
  return Number(database.prepare('SELECT MAX(version) AS version FROM schema_version').get()?.['version'] ?? 0);
}
