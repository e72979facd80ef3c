/** One measurement: so many clients against one target for a fixed time. */
import { cpuBetween, cpuOf, machineBusy, residentMib } from './proc.mjs';

/** Time beyond warm-up and window for connecting and for the last answers. */
const SLACK_MS = 40_000;

/**
 * @typedef {import('./proc.mjs').Cpu} Cpu
 * @typedef {object} Cell
 * @property {'floor' | 'plexus'} target
 * @property {number} clients
 * @property {number} tasksPerSecond
 * @property {number} p50 milliseconds
 * @property {number} p99
 * @property {number} max
 * @property {number} answered tasks of the whole cell, warm-up included
 * @property {Record<'server' | 'node' | 'load', Cpu>} microseconds CPU for one task
 * @property {Record<'server' | 'node' | 'load', Cpu>} cores CPU seconds a second
 * @property {number} othersCores what the rest of the machine took
 * @property {{ server: number, node: number }} rssMib
 */

/**
 * @param {import('./targets.mjs').Target} target
 * @param {import('./child.mjs').Child} load
 * @param {{ clients: number, warmMs: number, measureMs: number }} plan
 * @returns {Promise<Cell>}
 */
export async function measureCell(target, load, { clients, warmMs, measureMs }) {
  const { hostname: host, port } = new URL(target.url);
  const limitMs = warmMs + measureMs + SLACK_MS;
  const messages = ['begun', 'window', 'measured'].map((type) => load.next(type, limitMs));
  const [begun, window, measured] = messages;
  // All three fail together; only the first is awaited at a time.
  for (const message of messages) message.catch(() => undefined);
  load.tell({ type: 'run', host, port: Number(port), keys: target.keys, clients, warmMs, measureMs });
  await begun;
  const from = sample(target, load);
  const { seconds, tasks } = /** @type {any} */ (await window);
  const to = sample(target, load);
  const rssMib = { server: residentMib(target.server.pid), node: residentMib(target.node.pid) };
  const { answered, failed, example, p50, p99, max } = /** @type {any} */ (await measured);
  if (failed > 0)
    throw new Error(`${target.name}, ${clients} clients: ${failed} wrong answers, for example: ${example}`);
  const used = {
    server: between(from, to, 'server'),
    node: between(from, to, 'node'),
    load: between(from, to, 'load'),
  };
  const ours = Object.values(used).reduce((sum, { main, storage, other }) => sum + main + storage + other, 0);
  return {
    target: target.name,
    clients,
    tasksPerSecond: tasks / seconds,
    p50,
    p99,
    max,
    answered,
    microseconds: scaled(used, 1e6 / Math.max(1, tasks)),
    cores: scaled(used, 1 / seconds),
    othersCores: Math.max(0, (to.machine - from.machine - ours) / seconds),
    rssMib,
  };
}

/** @param {import('./targets.mjs').Target} target @param {import('./child.mjs').Child} load */
function sample({ server, node, storageThreads }, load) {
  return {
    server: cpuOf(server.pid, storageThreads),
    node: cpuOf(node.pid),
    load: cpuOf(load.pid),
    machine: machineBusy(),
  };
}

/**
 * @param {ReturnType<typeof sample>} from
 * @param {ReturnType<typeof sample>} to
 * @param {'server' | 'node' | 'load'} who
 */
function between(from, to, who) {
  return cpuBetween(from[who], to[who]);
}

/** @param {Record<'server' | 'node' | 'load', Cpu>} used @param {number} factor */
function scaled(used, factor) {
  const scale = (/** @type {Cpu} */ { main, storage, other }) => ({
    main: main * factor,
    storage: storage * factor,
    other: other * factor,
  });
  return { server: scale(used.server), node: scale(used.node), load: scale(used.load) };
}
