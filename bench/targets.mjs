/** The two things that are compared, each a server with one node, all in processes of their own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './child.mjs';

const CHECK_MS = 30_000;

/**
 * @typedef {import('./child.mjs').Child} Child
 * @typedef {object} Target
 * @property {'floor' | 'plexus'} name
 * @property {Child} server
 * @property {Child} node
 * @property {readonly number[]} storageThreads of the server
 * @property {string} url
 * @property {readonly string[]} keys API keys that clients take turns in using
 * @property {string} engine
 */

/**
 * @param {Target['name']} name
 * @param {{ folder: string, database?: string | undefined, node: string, nodeFlags: readonly string[], accounts: number, floor: string, stops: import('./stops.mjs').Stops }} how
 * @returns {Promise<Target & { accountIds: readonly string[] }>}
 */
export async function startTarget(name, { folder, database, node, nodeFlags, accounts, floor, stops }) {
  const homes = { server: join(folder, `${name}-server`), node: join(folder, `${name}-node`) };
  for (const home of Object.values(homes)) mkdirSync(home, { recursive: true });
  const start = (/** @type {string} */ file, /** @type {object} */ settings) =>
    startChild(new URL(file, import.meta.url), { node, nodeFlags, settings, stops });
  const program = name === 'floor' ? './floor.mjs' : './coordinator.mjs';
  const server = await start(program, { home: homes.server, kind: floor, database });
  const { url, storageThreads, engine = 'none' } = server.ready;
  const worker = await start('./node.mjs', { home: homes.node, coordinatorUrl: url });
  const opened =
    name === 'floor' ? [{ key: 'gn_0123456789abcdef0123456789abcdef', id: '' }] : await openAccounts(url, accounts);
  return {
    name,
    server,
    node: worker,
    storageThreads,
    url,
    engine,
    keys: opened.map(({ key }) => key),
    accountIds: opened.map(({ id }) => id),
  };
}

/** @param {string} url @param {number} accounts */
export async function openAccounts(url, accounts) {
  const opened = [];
  for (let account = 0; account < accounts; account++) {
    const response = await fetch(`${url}/api/v1/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    if (!response.ok) throw new Error(`No account could be opened: HTTP ${response.status}`);
    const { api_key: key, node_id: id } = /** @type {{ api_key: string, node_id: string }} */ (await response.json());
    opened.push({ key, id });
  }
  return opened;
}

/**
 * Compares the books with what the load generator was answered.
 *
 * @param {{ server: Child, accountIds: readonly string[] }} target
 * @param {{ answered: number, chargedMicro: bigint }} should tasks, and what they all cost
 */
export async function checkBooks({ server, accountIds }, { answered, chargedMicro }) {
  const answer = server.next('checked', CHECK_MS);
  server.tell({ type: 'check', accountIds });
  const { sum, held, spent, openJobs, receipts } = await answer;
  const wrong = [
    ['ledger sum', sum, '0'],
    ['credits held', held, '0'],
    ['open jobs', openJobs, 0],
    ['signed receipts in the log', receipts, answered],
    ['micro-credits charged', spent, `${chargedMicro}`],
  ].filter(([, is, should]) => is !== should);
  return {
    answered,
    ledgerSum: sum,
    held,
    receipts,
    wrong: wrong.map(([what, is, should]) => `${what}: ${is}, not ${should}`),
  };
}
