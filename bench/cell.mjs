/** One measurement: so many clients against one target, for a fixed time or for a number of tasks. */
import { cpuBetween, cpuOf, familyCpuOf, machineBusy, residentMib, totalOf } from './proc.mjs';

/** Time beyond warm-up and window for connecting and for the last answers. */
const SLACK_MS = 40_000;
/** The most that a fixed number of tasks may take. */
const COUNT_MS = 300_000;
const NO_CPU = { main: 0, storage: 0, other: 0 };

/**
 * @typedef {import('./proc.mjs').Cpu} Cpu
 * @typedef {'server' | 'database' | 'node' | 'load'} Part of what takes part in a task; `database`: a server of its own
 * @typedef {Pick<import('./child.mjs').Child, 'pid'>} Process
 * @typedef {object} Target
 * @property {string} name
 * @property {string} url
 * @property {readonly string[]} keys
 * @property {Process} [server]
 * @property {Process} [database]
 * @property {Process} node
 * @property {readonly number[]} storageThreads of the server
 * @typedef {object} Cell
 * @property {string} target
 * @property {number} clients
 * @property {number} tasksPerSecond
 * @property {number} p50 milliseconds
 * @property {number} p99
 * @property {number} max
 * @property {number} answered tasks of the whole cell, warm-up included
 * @property {Record<Part, Cpu>} microseconds CPU for one task
 * @property {Record<Part, Cpu>} cores CPU seconds a second
 * @property {number} othersCores what the rest of the machine took
 * @property {{ server: number, node: number }} rssMib
 */

/**
 * @param {Target} target
 * @param {import('./child.mjs').Child} load
 * @param {{ clients: number, warmMs: number, measureMs: number }} plan
 * @returns {Promise<Cell>}
 */
export function measureCell(target, load, plan) {
  return measureWindow(target, load, { type: 'run', limitMs: plan.warmMs + plan.measureMs + SLACK_MS, ...plan });
}

/**
 * The same for a number of tasks, which take all keys in turn.
 *
 * @param {Target} target
 * @param {import('./child.mjs').Child} load
 * @param {{ clients: number, tasks: number }} plan
 * @returns {Promise<Cell>}
 */
export function measureTasks(target, load, plan) {
  return measureWindow(target, load, { type: 'count', limitMs: COUNT_MS, ...plan });
}

/**
 * @param {Target} target
 * @param {import('./child.mjs').Child} load
 * @param {{ type: string, limitMs: number, clients: number }} order
 * @returns {Promise<Cell>}
 */
async function measureWindow(target, load, { limitMs, ...order }) {
  const { hostname: host, port } = new URL(target.url);
  const messages = ['begun', 'window', 'measured'].map((type) => load.next(type, limitMs));
  const [begun, window, measured] = messages;
  // All three fail together; only the first is awaited at a time.
  for (const message of messages) message.catch(() => undefined);
  load.tell({ ...order, host, port: Number(port), keys: target.keys });
  await begun;
  const from = sample(target, load);
  const { seconds, tasks } = /** @type {any} */ (await window);
  const to = sample(target, load);
  const { server, node } = target;
  const rssMib = { server: server ? residentMib(server.pid) : 0, node: residentMib(node.pid) };
  const { answered, failed, example, p50, p99, max } = /** @type {any} */ (await measured);
  const { clients } = order;
  if (failed > 0)
    throw new Error(`${target.name}, ${clients} clients: ${failed} wrong answers, for example: ${example}`);
  const tasksPerSecond = tasks / seconds;
  return {
    target: target.name,
    clients,
    tasksPerSecond,
    p50,
    p99,
    max,
    answered,
    ...usage(from, to, { seconds, tasks }),
    rssMib,
  };
}

/** @param {Target} target @param {Process} load */
function sample({ server, database, node, storageThreads }, load) {
  return {
    parts: {
      server: server ? cpuOf(server.pid, storageThreads) : NO_CPU,
      database: database ? familyCpuOf(database.pid) : NO_CPU,
      node: cpuOf(node.pid),
      load: cpuOf(load.pid),
    },
    machine: machineBusy(),
  };
}

/** @param {ReturnType<typeof sample>} from @param {ReturnType<typeof sample>} to @param {{ seconds: number, tasks: number }} window */
function usage(from, to, { seconds, tasks }) {
  const used = perPart((part) => cpuBetween(from.parts[part], to.parts[part]));
  const ours = Object.values(used).reduce((sum, cpu) => sum + totalOf(cpu), 0);
  const scaled = (/** @type {number} */ factor) => perPart((part) => scale(used[part], factor));
  return {
    microseconds: scaled(1e6 / Math.max(1, tasks)),
    cores: scaled(1 / seconds),
    othersCores: Math.max(0, (to.machine - from.machine - ours) / seconds),
  };
}

/** @param {(part: Part) => Cpu} read @returns {Record<Part, Cpu>} */
function perPart(read) {
  return { server: read('server'), database: read('database'), node: read('node'), load: read('load') };
}

/** @param {Cpu} cpu @param {number} factor */
function scale({ main, storage, other }, factor) {
  return { main: main * factor, storage: storage * factor, other: other * factor };
}
