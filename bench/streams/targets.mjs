/** What is compared: the engine alone, a proxy before it, the network before it, and the network around one. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.mjs';
import { openAccounts } from '../targets.mjs';
import { MODEL } from './words.mjs';

const PACE_MS = 5000;
const OFFER_MS = 10_000;
const ANY_KEY = 'gn_0123456789abcdef0123456789abcdef';

/**
 * @typedef {import('../child.mjs').Child} Child
 * @typedef {object} Target
 * @property {import('./options.mjs').TargetName} name
 * @property {string} url
 * @property {readonly string[]} keys API keys that clients take turns in using
 * @property {Child} engine the process that makes the tokens
 * @property {Readonly<Record<string, Child & { storageThreads?: readonly number[] }>>} between what is between client
 *   and engine, by its name
 * @property {{ server: Child, accountIds: readonly string[], sqlite: string } | undefined} books
 */

/** @typedef {{ folder: string, node: string, nodeFlags: readonly string[], accounts: number }} How */

/** @param {How} how @param {import('../stops.mjs').Stops} stops gets what ends each process */
export function createStarter({ node, nodeFlags }, stops) {
  return (/** @type {string} */ file, /** @type {object} */ settings) =>
    startChild(new URL(file, import.meta.url), { node, nodeFlags, settings, stops });
}

/** @typedef {ReturnType<typeof createStarter>} Start */

/**
 * @param {import('./options.mjs').TargetName} name
 * @param {Child & { ready: import('../child.mjs').Message }} engine
 * @param {How & { start: Start }} how
 * @returns {Promise<Target>}
 */
export async function startTarget(name, engine, how) {
  const { url } = engine.ready;
  const direct = { name, url, keys: [ANY_KEY], engine, between: {}, books: undefined };
  if (name === 'engine') return direct;
  if (name === 'plexus') return startNetwork(name, engine, how);
  if (name === 'inside') return startNetwork(name, undefined, how);
  const proxy = await how.start('./proxy.mjs', { engineUrl: url });
  return { ...direct, url: proxy.ready.url, between: { proxy } };
}

/**
 * @param {'plexus' | 'inside'} name
 * @param {(Child & { ready: import('../child.mjs').Message }) | undefined} engine in the node where there is none
 * @param {How & { start: Start }} how
 * @returns {Promise<Target>}
 */
async function startNetwork(name, engine, { folder, accounts, start }) {
  const homes = { server: join(folder, `${name}-server`), node: join(folder, `${name}-node`) };
  for (const home of Object.values(homes)) mkdirSync(home, { recursive: true });
  const server = await start('../coordinator.mjs', { home: homes.server });
  const { url, storageThreads, engine: sqlite } = server.ready;
  const node = await start('./node.mjs', { home: homes.node, coordinatorUrl: url, engineUrl: engine?.ready.url });
  const opened = await openAccounts(url, accounts);
  const keys = opened.map(({ key }) => key);
  await untilOffered(url, keys[0] ?? '');
  return {
    name,
    url,
    keys,
    engine: engine ?? node,
    between: { coordinator: { ...server, storageThreads }, node },
    books: { server, accountIds: opened.map(({ id }) => id), sqlite },
  };
}

/** @param {string} url @param {string} key */
async function untilOffered(url, key) {
  const until = performance.now() + OFFER_MS;
  while (performance.now() < until) {
    const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    const { data = [] } = /** @type {{ data?: { id: string }[] }} */ (await response.json());
    if (data.some(({ id }) => id === MODEL)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No node offered the model within ${OFFER_MS} ms`);
}

/** @param {Target} target @param {number} tokensPerSecond of each stream; 0 for as fast as can be */
export async function setPace({ engine }, tokensPerSecond) {
  const paced = engine.next('paced', PACE_MS);
  engine.tell({ type: 'pace', tokensPerSecond });
  await paced;
}
