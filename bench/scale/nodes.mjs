/** What a connected node that has nothing to do costs the coordinator. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../child.mjs';
import { cpuBetween, cpuOf, residentMib, totalOf } from '../proc.mjs';

const ANSWER_MS = 60_000;
const CONNECT_MS = 300_000;
/** Until what connecting left behind has been done. */
const SETTLE_MS = 3000;

/**
 * @typedef {object} IdleNodes
 * @property {number} nodes
 * @property {number} connectedPerSecond
 * @property {number} heapKibPerNode on the JavaScript heap and in buffers, after a collection
 * @property {number} residentMibWithout of the coordinator
 * @property {number} residentMibWith
 * @property {number} coresWithout CPU seconds a second of the coordinator, without a node
 * @property {number} coresWith the same with all of them
 * @property {number} microsecondsPerNodeSecond CPU that one node takes each second: its heartbeats and pings
 */

/**
 * @param {{ nodes: number, idleMs: number, node: string }} plan
 * @param {{ folder: string, stops: import('../stops.mjs').Stops }} place
 * @returns {Promise<IdleNodes>}
 */
export async function measureIdleNodes({ nodes, idleMs, node }, { folder, stops }) {
  const home = join(folder, 'nodes');
  mkdirSync(home);
  const start = (/** @type {string} */ file, /** @type {string[]} */ nodeFlags, /** @type {object} */ settings) =>
    startChild(new URL(file, import.meta.url), { node, nodeFlags, settings, stops });
  const server = await start('../coordinator.mjs', ['--expose-gc'], { home });
  const fleet = await start('./idle-nodes.mjs', [], { url: server.ready.url });
  await sleep(SETTLE_MS);
  const before = await memoryOf(server);
  const coresWithout = await coresOf(server, idleMs);
  const begunAt = performance.now();
  const connected = fleet.next('connected', CONNECT_MS);
  fleet.tell({ type: 'connect', count: nodes });
  await connected;
  const seconds = (performance.now() - begunAt) / 1000;
  await sleep(SETTLE_MS);
  const after = await memoryOf(server);
  const coresWith = await coresOf(server, idleMs);
  await requireAll(fleet, nodes);
  return {
    nodes,
    connectedPerSecond: nodes / seconds,
    heapKibPerNode: (after.heapKib - before.heapKib) / nodes,
    residentMibWithout: before.residentMib,
    residentMibWith: after.residentMib,
    coresWithout,
    coresWith,
    microsecondsPerNodeSecond: ((coresWith - coresWithout) * 1e6) / nodes,
  };
}

/** After a collection of garbage. @param {import('../child.mjs').Child} server */
async function memoryOf(server) {
  const answer = server.next('memory', ANSWER_MS);
  server.tell({ type: 'memory' });
  const { heapUsed, external } = await answer;
  return { heapKib: (heapUsed + external) / 1024, residentMib: residentMib(server.pid) };
}

/** CPU seconds a second. @param {import('../child.mjs').Child} server @param {number} milliseconds */
async function coresOf({ pid }, milliseconds) {
  const [from, begunAt] = [cpuOf(pid), performance.now()];
  await sleep(milliseconds);
  return totalOf(cpuBetween(from, cpuOf(pid))) / ((performance.now() - begunAt) / 1000);
}

/** @param {import('../child.mjs').Child} fleet @param {number} nodes */
async function requireAll(fleet, nodes) {
  const answer = fleet.next('counted', ANSWER_MS);
  fleet.tell({ type: 'open' });
  const { open } = await answer;
  if (open !== nodes) throw new Error(`Only ${open} of ${nodes} nodes are still connected`);
}
