/**
 * `node look.mjs ADDRESS QUERIES`: answers the queries (JSON, by name) as of one moment, as JSON on stdout. The address
 * is the path of a SQLite file, or a `postgres://` URL.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [address = '', queries = '{}'] = process.argv.slice(2);
const named = Object.entries(JSON.parse(queries));
const answers = await (/^postgres(ql)?:/.test(address) ? lookInPostgres() : lookInSqlite());
process.stdout.write(JSON.stringify(Object.fromEntries(answers), asText));

function lookInSqlite() {
  const builtIn = process.getBuiltinModule('node:sqlite');
  const database = new (builtIn ? builtIn.DatabaseSync : require('libsql'))(address);
  database.exec('PRAGMA query_only = ON; PRAGMA busy_timeout = 5000');
  database.exec('BEGIN');
  return named.map(([name, sql]) => {
    const statement = database.prepare(sql);
    if (builtIn) statement.setReadBigInts(true);
    else statement.safeIntegers(true);
    return [name, statement.all()];
  });
}

async function lookInPostgres() {
  const client = new (require('pg').Client)({ connectionString: address });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const found = [];
  for (const [name, sql] of named) found.push([name, (await client.query(sql)).rows]);
  await client.end();
  return found;
}

/** @this {Record<string, unknown>} @param {string} name @param {unknown} value */
function asText(name, value) {
  // A buffer has been made an object by its own toJSON before it comes here.
  const plain = this[name];
  if (plain instanceof ArrayBuffer || plain instanceof Uint8Array) return Buffer.from(plain).toString('base64');
  return typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;
}
