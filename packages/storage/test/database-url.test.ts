import { expect, it } from 'vitest';
import { readDatabaseUrl } from '../src/postgres/database-url.ts';

it.each([
  ['?sslmode=require', '?sslmode=verify-full'],
  ['?sslrootcert=ca.pem&sslmode=verify-ca', '?sslrootcert=ca.pem&sslmode=verify-full'],
  ['?sslmode=require&uselibpqcompat=true', '?sslmode=require&uselibpqcompat=true'],
  ['?sslmode=no-verify', '?sslmode=no-verify'],
  ['', ''],
])('names the mode of TLS as the library does, which warns on the console of %j', (given, taken) => {
  const address = 'postgres://plexus:p%40w@db.example.org:5432/plexus';
  const { url, shown } = readDatabaseUrl(address + given);
  expect(url).toBe(address + taken);
  expect(shown).toBe('postgres://plexus@db.example.org:5432/plexus');
});
