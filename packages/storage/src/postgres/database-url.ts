import { StorageError } from '../storage-error.ts';

/** Where a PostgreSQL database is. */
export interface DatabaseUrl {
  /** With its password. */
  readonly url: string;
  /** For people and logs: user, host, port and database, nothing else. */
  readonly shown: string;
}

const PROTOCOLS = ['postgres:', 'postgresql:'];

/**
 * Reads `postgres://user:password@host:port/database`. What is wrong is said without repeating what was given, since
 * it may hold a password.
 *
 * @throws {StorageError} unavailable
 */
export function readDatabaseUrl(url: string): DatabaseUrl {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !PROTOCOLS.includes(parsed.protocol) || hasTornPassword(parsed)) {
    const form = 'A database is named as postgres://user:password@host:port/database';
    throw new StorageError('unavailable', `${form}, with @ : / ? # and % in a password as %40 %3A %2F %3F %23 and %25`);
  }
  const { username, host, pathname } = parsed;
  return { url: withPlainMode(parsed), shown: `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}` };
}

/**
 * The address with the name of what its mode of TLS means to the library, which checks certificates in each of them and
 * otherwise warns on the console that its next version will not.
 */
function withPlainMode(url: URL): string {
  const { searchParams: query } = url;
  const isChecked = ['prefer', 'require', 'verify-ca'].includes(query.get('sslmode') ?? '');
  if (isChecked && !query.has('uselibpqcompat')) query.set('sslmode', 'verify-full');
  return url.href;
}

/** Whether a password went on behind what was read as the host: what is shown would have parts of it. */
function hasTornPassword({ pathname, hash }: URL): boolean {
  return pathname.includes('@') || hash !== '';
}

/**
 * The address of a database for people and logs.
 *
 * @throws {StorageError} unavailable
 */
export function showDatabase(url: string): string {
  return readDatabaseUrl(url).shown;
}
