/** Databases on one throw-away server, a fresh one for each test. */
import pg from 'pg';
import { expect, vi } from 'vitest';
import type { TestPostgres } from './postgres.mjs';

let made = 0;

/** A new, empty database. @returns its address */
export async function createDatabase(server: TestPostgres): Promise<string> {
  const name = `test_${(made += 1)}`;
  await withClient(server.url, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(server.url);
  url.pathname = name;
  return url.href;
}

/** Does something on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs a statement as soon as nobody is connected to the database that it is about. */
export async function alone(server: TestPostgres, name: string, sql: string): Promise<void> {
  await withClient(server.url, async (client) => {
    const connected = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1';
    await vi.waitFor(async () => expect((await client.query(connected, [name])).rows).toEqual([]), 10_000);
    await client.query(sql);
  });
}
