/** What pages cost in a database of many jobs, beside one of few: over HTTP, in turns. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { measureTasks } from '../cell.mjs';
import { startChild } from '../child.mjs';
import { percentiles } from '../course.mjs';
import { startTarget } from '../targets.mjs';
import { PAGES } from './pages.mjs';

const SMALL_ROWS = 10_000;
/** Jobs for each account that has few. */
const ROWS_PER_ACCOUNT = 10;
/** Tasks that really run, the last of which is the model of all others. */
const REAL_TASKS = 50;
const FILL_MS = 1_800_000;
/** Requests of one kind to one of the two before the other has its turn. */
const TURN = 10;

/**
 * @typedef {{ p50: number, p99: number, max: number }} Times milliseconds
 * @typedef {{ page: string, small: Times, large: Times }} PageTimes
 * @typedef {object} Lists
 * @property {{ rows: number, megabytes: number }} small
 * @property {{ rows: number, megabytes: number }} large
 * @property {readonly PageTimes[]} pages
 */

/**
 * @param {{ rows: number, requests: number, node: string }} plan
 * @param {{ folder: string, stops: import('../stops.mjs').Stops }} place
 * @returns {Promise<Lists>}
 */
export async function measureLists({ rows, requests, node }, { folder, stops }) {
  const small = await startFilled(SMALL_ROWS, { folder: join(folder, 'small'), node, stops });
  const large = await startFilled(rows, { folder: join(folder, 'large'), node, stops });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await stops.add(() => agent.destroy());
  const pages = [];
  for (const [page, requestOf] of Object.entries(PAGES)) {
    pages.push({ page, ...(await timePage(requestOf, { small, large }, { requests, agent })) });
  }
  const sizeOf = (/** @type {Filled} */ filled) => ({ rows: filled.rows, megabytes: filled.megabytes });
  return { small: sizeOf(small), large: sizeOf(large), pages };
}

/**
 * @typedef {object} Filled
 * @property {number} rows
 * @property {number} megabytes
 * @property {string} url
 * @property {Record<'caller' | 'unlucky' | 'operator', string>} keys
 */

/**
 * A coordinator over a database with so many jobs.
 *
 * @param {number} rows
 * @param {{ folder: string, node: string, stops: import('../stops.mjs').Stops }} place
 * @returns {Promise<Filled>}
 */
async function startFilled(rows, { folder, node, stops }) {
  mkdirSync(folder);
  const start = (/** @type {string} */ file, /** @type {object} */ settings) =>
    startChild(new URL(file, import.meta.url), { node, nodeFlags: [], settings, stops });
  const target = await startTarget('plexus', { folder, node, nodeFlags: [], accounts: 2, floor: 'path', stops });
  const load = await start('../load.mjs', {});
  await measureTasks({ ...target, keys: target.keys.slice(0, 1) }, load, { clients: 1, tasks: REAL_TASKS });
  for (const child of [load, target.node, target.server]) await child.stop();
  const home = join(folder, 'plexus-server');
  const path = join(home, 'plexus.db');
  const [caller, unlucky] = target.accountIds;
  const filler = await start('./fill.mjs', { path, caller, unlucky, rows, accounts: rows / ROWS_PER_ACCOUNT });
  const filled = filler.next('filled', FILL_MS);
  filler.tell({ type: 'run' });
  await filled;
  await filler.stop();
  const server = await start('../coordinator.mjs', { home });
  const operator = readFileSync(join(home, 'operator.key'), 'utf8').trim();
  const [callerKey = '', unluckyKey = ''] = target.keys;
  return {
    rows,
    megabytes: Math.round(statSync(path).size / 1e6),
    url: server.ready.url,
    keys: { caller: callerKey, unlucky: unluckyKey, operator },
  };
}

/**
 * @param {import('./pages.mjs').RequestOf} requestOf
 * @param {{ small: Filled, large: Filled }} databases
 * @param {{ requests: number, agent: Agent }} how
 */
async function timePage(requestOf, { small, large }, { requests, agent }) {
  const times = { small: /** @type {number[]} */ ([]), large: /** @type {number[]} */ ([]) };
  const turn = async (/** @type {Filled} */ { url, keys, rows }) => {
    const taken = [];
    for (let one = 0; one < TURN; one++) {
      const { path, as } = requestOf(Math.random(), rows);
      taken.push(await timeRequest(`${url}${path}`, keys[as], agent));
    }
    return taken;
  };
  // What lies in memory then is read before anything counts.
  for (const database of [small, large]) await turn(database);
  for (let done = 0; done < requests; done += TURN) {
    times.small.push(...(await turn(small)));
    times.large.push(...(await turn(large)));
  }
  return { small: percentiles(times.small), large: percentiles(times.large) };
}

/** @param {string} url @param {string} key @param {Agent} agent @returns {Promise<number>} milliseconds to the whole answer */
function timeRequest(url, key, agent) {
  const begunAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) return resolve(performance.now() - begunAt);
        return reject(new Error(`${url}: HTTP ${response.statusCode}: ${text}`));
      });
    });
    request.once('error', reject);
  });
}
