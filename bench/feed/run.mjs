/** `npm run bench:feed`: readers of `/ws` during a steady stream of tasks. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.mjs';
import { describeMachine } from '../machine.mjs';
import { runInFolder } from '../run-in-folder.mjs';
import { openAccounts } from '../targets.mjs';
import { measureCell } from './cell.mjs';
import { readOptions, USAGE } from './options.mjs';
import { markdownOf } from './report.mjs';

const ACCOUNTS = 50;
/** A key has 100 readers at most. */
const OPERATOR_KEYS = 20;
const SLOW_READERS = 10;
const WARM_MS = 3000;
const KINDS = /** @type {const} */ (['nobody', 'own', 'receipts', 'all']);

/** @typedef {NonNullable<ReturnType<typeof readOptions>>} Options */

/** @returns {Promise<number>} the exit code */
export async function runBench() {
  return await runInFolder({
    options: readOptions(),
    usage: USAGE,
    name: 'feed',
    measure: measureAll,
    markdownOf,
    isMet: ({ cells }) => cells.every(({ wrong }) => wrong.length === 0),
  });
}

/** @param {Options} options @param {import('../stops.mjs').Stops} stops */
async function measureAll({ folder, readers: count, tasksPerSecond, milliseconds }, stops) {
  const machine = describeMachine(folder, process.execPath);
  const start = async (/** @type {string} */ file, /** @type {object} */ settings) =>
    await startChild(new URL(file, import.meta.url), { node: process.execPath, nodeFlags: [], settings, stops });
  const homes = ['server', 'node'].map((name) => join(folder, name));
  for (const home of homes) mkdirSync(home);
  const server = await start('./coordinator.mjs', { home: homes[0] });
  const { url, operatorKey, storageThreads } = server.ready;
  await start('../node.mjs', { home: homes[1], coordinatorUrl: url });
  const accounts = await openAccounts(url, ACCOUNTS);
  const operatorKeys = await openOperatorKeys(url, operatorKey);
  const place = { server, url, storageThreads, accounts, operatorKeys };
  const readers = await start('./readers.mjs', {});
  const common = { tasksPerSecond, milliseconds };
  await measureCell(place, readers, { kind: 'nobody', readers: 0, slow: 0, tasksPerSecond, milliseconds: WARM_MS });
  const cells = [];
  for (const kind of KINDS) {
    const slow = kind === 'all' ? SLOW_READERS : 0;
    const cell = await measureCell(place, readers, { kind, readers: kind === 'nobody' ? 0 : count, slow, ...common });
    cells.push(cell);
    console.error(`${kind}: ${cell.messagesPerSecond.toFixed(0)} messages/s`);
  }
  return { when: new Date().toISOString(), machine, cells };
}

/** @param {string} url @param {string} operatorKey */
async function openOperatorKeys(url, operatorKey) {
  const keys = [];
  for (let number = 0; number < OPERATOR_KEYS; number++) {
    const response = await fetch(`${url}/plexus/v1/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
      body: JSON.stringify({ role: 'operator' }),
    });
    const { api_key: key } = /** @type {{ api_key: string }} */ (await response.json());
    keys.push(key);
  }
  return keys;
}
