/** Starts the databases, and who runs on them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.mjs';
import { startTarget } from '../targets.mjs';
import { CONTENDERS } from './contenders.mjs';

/**
 * @typedef {import('../child.mjs').Child} Child
 * @typedef {import('./contenders.mjs').Name} Name
 * @typedef {import('./programs.mjs').Database} Database
 * @typedef {object} Started
 * @property {Name} name
 * @property {import('../cell.mjs').Target} target
 * @property {Child} load
 * @property {string} [engine] what ours keeps its books in
 * @property {{ server: Child, accountIds: readonly string[] }} [books]
 * @typedef {object} How
 * @property {string} folder
 * @property {string} node
 * @property {number} accounts
 * @property {string} packages the folder of the queues' packages
 * @property {ReadonlyMap<Database, string>} programs
 * @property {import('../stops.mjs').Stops} stops
 */

/**
 * @param {readonly Name[]} names
 * @param {How} how
 * @returns {Promise<readonly Started[]>}
 */
export async function startAll(names, how) {
  const databases = await startDatabases(names, how);
  const load = await started('../load.mjs', {}, how);
  const all = [];
  for (const name of names) {
    const isQueue = CONTENDERS[name].queue !== undefined;
    all.push(await (isQueue ? startQueue(name, databases, how) : startOurs(name, load, databases, how)));
  }
  return all;
}

/** @typedef {{ child: Child, urlOf: (name: Name) => string }} RunningDatabase */

/** @param {readonly Name[]} names @param {How} how @returns {Promise<Map<Database, RunningDatabase>>} */
async function startDatabases(names, how) {
  const { folder, packages, programs } = how;
  /** @type {Map<Database, RunningDatabase>} */
  const running = new Map();
  for (const [database, program] of programs) {
    const users = names.filter((name) => CONTENDERS[name].needs === database);
    const home = join(folder, database);
    mkdirSync(home);
    const child = await started(`./${database}.mjs`, { folder: home, program, packages, databases: users }, how);
    const { url, urls } = child.ready;
    running.set(database, { child, urlOf: (name) => url ?? urls[name] });
  }
  return running;
}

/** @param {string} file @param {object} settings @param {How} how */
function started(file, settings, { node, stops }) {
  return startChild(new URL(file, import.meta.url), { node, nodeFlags: [], settings, stops });
}

/**
 * @param {Name} name
 * @param {Child} load
 * @param {ReadonlyMap<Database, RunningDatabase>} databases
 * @param {How} how
 * @returns {Promise<Started>}
 */
async function startOurs(name, load, databases, { folder, node, accounts, stops }) {
  const { needs } = CONTENDERS[name];
  const running = needs && databases.get(needs);
  const place = { folder: join(folder, name), database: running?.urlOf(name) };
  const how = { ...place, node, nodeFlags: [], accounts, floor: 'path', stops };
  const ours = await startTarget(name === 'floor' ? 'floor' : 'plexus', how);
  const target = { ...ours, name, ...(running && { database: running.child }) };
  const books = name === 'floor' ? {} : { engine: ours.engine, books: ours };
  return { name, target, load, ...books };
}

/**
 * @param {Name} name
 * @param {ReadonlyMap<Database, RunningDatabase>} databases
 * @param {How} how
 * @returns {Promise<Started>}
 */
async function startQueue(name, databases, how) {
  const { needs, queue } = CONTENDERS[name];
  const database = needs && databases.get(needs);
  if (!database) throw new Error(`${name} has no database`);
  const url = database.urlOf(name);
  const settings = { name, packages: how.packages, url, concurrency: queue?.concurrency };
  // The producer first: it makes the tables.
  const load = await started('./producer.mjs', settings, how);
  const node = await started('./worker.mjs', settings, how);
  return { name, target: { name, url, keys: [], database: database.child, node, storageThreads: [] }, load };
}
