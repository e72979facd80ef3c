/** One measurement: so many streams of one length against one target for a fixed time. */
import { cpuBetween, cpuOf, machineBusy, totalOf } from '../proc.mjs';
import { setPace } from './targets.mjs';

/** Time beyond warm-up and window for connecting and for the last streams. */
const SLACK_MS = 40_000;

/**
 * @typedef {import('../proc.mjs').Cpu} Cpu
 * @typedef {import('./targets.mjs').Target} Target
 * @typedef {{ p50: number, p99: number, count: number }} Times milliseconds
 * @typedef {{ kind: 'paced' | 'short' | 'long', streams: number, tokens: number, pace: number, warmMs: number, measureMs: number }} Plan
 * @typedef {object} Cell
 * @property {string} target
 * @property {Plan['kind']} kind
 * @property {number} streams at once
 * @property {number} tokens of each stream
 * @property {number} tokensPerSecond over all streams
 * @property {{ first: Times, gap: Times, duration: Times }} times to the first token, between tokens, of whole streams
 * @property {number} answered streams of the whole cell, warm-up included
 * @property {number} units tokens of prompts and answers of the whole cell
 * @property {Readonly<Record<string, Cpu>>} microseconds CPU for one stream, by process
 * @property {Readonly<Record<string, Cpu>>} cores CPU seconds a second
 * @property {number} othersCores what the rest of the machine took
 */

/**
 * @param {Target} target
 * @param {import('../child.mjs').Child} load
 * @param {Plan} plan
 * @returns {Promise<Cell>}
 */
export async function measureCell(target, load, plan) {
  const { kind, streams, tokens, warmMs, measureMs } = plan;
  await setPace(target, plan.pace);
  const messages = ['begun', 'window', 'measured'].map((type) => load.next(type, warmMs + measureMs + SLACK_MS));
  const [begun, window, measured] = messages;
  // All three fail together; only the first is awaited at a time.
  for (const message of messages) message.catch(() => undefined);
  load.tell({ type: 'run', ...runOf(target, plan) });
  await begun;
  const from = sample(target, load);
  const { seconds, tokens: streamed } = /** @type {any} */ (await window);
  const to = sample(target, load);
  const { answered, units, failed, example, times } = /** @type {any} */ (await measured);
  const what = `${target.name}, ${kind}, ${streams} streams`;
  if (failed > 0) throw new Error(`${what}: ${failed} streams were wrong, for example: ${example}`);
  if (streamed === 0) throw new Error(`${what}: no token came within the window`);
  const used = usedBetween(from.processes, to.processes);
  const ours = Object.values(used).reduce((sum, cpu) => sum + totalOf(cpu), 0);
  return {
    target: target.name,
    kind,
    streams,
    tokens,
    tokensPerSecond: streamed / seconds,
    times,
    answered,
    units,
    // Streams that the window cuts count by their tokens within it.
    microseconds: scaled(used, (1e6 * tokens) / streamed),
    cores: scaled(used, 1 / seconds),
    othersCores: Math.max(0, (to.machine - from.machine - ours) / seconds),
  };
}

/** @param {Target} target @param {Plan} plan */
function runOf({ url, keys }, { streams, tokens, pace, warmMs, measureMs }) {
  const { hostname: host, port } = new URL(url);
  // Paced streams are begun one after the other, as those of people are, and not all at once.
  const staggerMs = pace === 0 ? 0 : (1000 * tokens) / pace;
  return { host, port: Number(port), keys, streams, tokens, staggerMs, warmMs: warmMs + staggerMs, measureMs };
}

/** @param {Target} target @param {import('../child.mjs').Child} load */
function sample({ between, engine }, load) {
  const isInside = Object.values(between).includes(engine);
  const processes = { ...between, ...(!isInside && { engine }), load };
  return {
    machine: machineBusy(),
    processes: Object.fromEntries(
      Object.entries(processes).map(([name, { pid, ...more }]) => [
        name,
        cpuOf(pid, 'storageThreads' in more ? more.storageThreads : []),
      ]),
    ),
  };
}

/** @param {Readonly<Record<string, Cpu>>} from @param {Readonly<Record<string, Cpu>>} to */
function usedBetween(from, to) {
  return Object.fromEntries(
    Object.entries(to).map(([name, cpu]) => [name, cpuBetween(/** @type {Cpu} */ (from[name]), cpu)]),
  );
}

/** @param {Readonly<Record<string, Cpu>>} used @param {number} factor */
function scaled(used, factor) {
  return Object.fromEntries(
    Object.entries(used).map(([name, { main, storage, other }]) => [
      name,
      { main: main * factor, storage: storage * factor, other: other * factor },
    ]),
  );
}
