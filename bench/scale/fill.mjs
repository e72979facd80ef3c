/** Fills a coordinator's database, while that is stopped, with copies of a job that has run. */
import { setImmediate as turn } from 'node:timers/promises';
import { openConnection } from '../../packages/storage/dist/sqlite/library.js';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';
import { fillStatements } from './fill-sql.mjs';

/** Rows between two looks at what the parent says. */
const CHUNK = 20_000;

/** @type {{ path: string, caller: string, unlucky: string, rows: number, accounts: number }} */
const { path, caller, unlucky, rows, accounts } = settingsOfChild();
let isStopped = false;

serveParent({ run: () => fill(), stop: () => (isStopped = true) });
tellParent({ type: 'ready' });

async function fill() {
  const database = openConnection(path);
  // Nothing of this must survive anything.
  for (const pragma of ['synchronous = OFF', 'cache_size = -200000', 'temp_store = MEMORY'])
    database.exec(`PRAGMA ${pragma}`);
  const model = database.prepare('SELECT id FROM job WHERE account_id = ? ORDER BY id DESC LIMIT 1').get([caller]);
  const columnsOf = (/** @type {string} */ table) =>
    database
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => String(name));
  const statements = fillStatements({ caller, unlucky, accounts, job: String(model?.['id']) }, columnsOf);
  await addRows(database, statements.accounts, accounts);
  await addRows(database, statements.jobs, rows);
  await addRows(database, statements.transfers, rows);
  database.exec(statements.counts);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  tellParent({ type: 'filled' });
}

/** @param {ReturnType<typeof openConnection>} database @param {string} sql @param {number} count */
async function addRows(database, sql, count) {
  const statement = database.prepare(sql);
  for (let from = 0; from < count && !isStopped; from += CHUNK) {
    statement.run([BigInt(from), BigInt(Math.min(count, from + CHUNK))]);
    await turn();
  }
}
