/** PostgreSQL in its own settings, whose commits are on disk when they return, with a database for each who uses it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres.mjs';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';

const CONNECTIONS = '200';

/** @type {{ folder: string, packages: string, databases: readonly string[] }} */
const { folder, packages, databases } = settingsOfChild();
// Where the server is made.
process.env['TMPDIR'] = folder;
const starting = startPostgres({ settings: { max_connections: CONNECTIONS, synchronous_commit: 'on' } });
serveParent({ stop: async () => (await starting).stop() });
// From here on there is something to close.
tellParent({ type: 'opening' });
const server = await starting;
await createDatabases();
const urls = databases.map((name) => [name, Object.assign(new URL(server.url), { pathname: `/bench_${name}` }).href]);
tellParent({ type: 'ready', urls: Object.fromEntries(urls) });

async function createDatabases() {
  const { Client } = createRequire(join(packages, 'from-here.js'))('pg');
  const client = new Client({ connectionString: server.url });
  await client.connect();
  for (const name of databases) await client.query(`CREATE DATABASE "bench_${name}"`);
  await client.end();
}
