import { StorageError } from '../storage-error.ts';

/** Where a PostgreSQL database is. */
export interface DatabaseUrl {
  /** With its password. */
  readonly url: string;
  /** For people and logs: user, host, port and database, nothing else. */
  readonly shown: string;
}

/**
 * Reads `postgres://user:password@host:port/database`. What is wrong is said without repeating what was given, since
 * it may hold a password.
 *
 * @throws {StorageError} unavailable
 */
export function readDatabaseUrl(url: string): DatabaseUrl {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'postgres:' && parsed?.protocol !== 'postgresql:') {
    throw new StorageError('unavailable', 'A database is named as postgres://user:password@host:port/database');
  }
  const { username, host, pathname } = parsed;
  return { url, shown: `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}` };
}

/**
 * The address of a database for people and logs.
 *
 * @throws {StorageError} unavailable
 */
export function showDatabase(url: string): string {
  return readDatabaseUrl(url).shown;
}
