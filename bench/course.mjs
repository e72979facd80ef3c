/**
 * Clients in a closed loop: each has one task under way, and begins the next when it is answered. What a client is
 * (a socket, a caller of a queue's library) is the load's own affair.
 */
import { tellParent } from './child.mjs';

/** How long the last answers may take after the window has closed. */
const DRAIN_MS = 30_000;

/**
 * @typedef {{ answered: number, failed: number, example: string, latencies: number[] }} Tally
 * @typedef {object} Course
 * @property {() => boolean} mayGo whether a client may begin one more task
 * @property {(begunAt: number) => void} succeed counts a right answer to what was begun then
 * @property {(what: string) => void} fail counts a wrong one
 * @property {() => void} leave the client is done
 */

/**
 * Runs the clients for a while: a warm-up, then a window that counts. Tells the parent when it begins and ends.
 *
 * @param {{ clients: number, warmMs: number, measureMs: number }} run
 * @param {(number: number, course: Course) => void} openClient
 */
export async function measure({ clients, warmMs, measureMs }, openClient) {
  let phase = 'warming';
  const tally = newTally();
  const drained = openAll(clients, openClient, {
    tally,
    mayGo: () => phase !== 'over',
    isMeasuring: () => phase === 'measuring',
  });
  await pause(warmMs);
  phase = 'measuring';
  const begunAt = performance.now();
  tellParent({ type: 'begun' });
  await pause(measureMs);
  phase = 'over';
  const seconds = (performance.now() - begunAt) / 1000;
  tellParent({ type: 'window', seconds, tasks: tally.latencies.length });
  await withinDrain(drained);
  tellMeasured(tally);
}

/**
 * Runs the clients until they have begun so many tasks, and all of them are answered.
 *
 * @param {{ clients: number, tasks: number }} run
 * @param {(number: number, course: Course) => void} openClient
 */
export async function count({ clients, tasks }, openClient) {
  const tally = newTally();
  let begun = 0;
  const begunAt = performance.now();
  tellParent({ type: 'begun' });
  await openAll(clients, openClient, { tally, mayGo: () => begun++ < tasks, isMeasuring: () => true });
  const seconds = (performance.now() - begunAt) / 1000;
  tellParent({ type: 'window', seconds, tasks: tally.latencies.length });
  tellMeasured(tally);
}

/** @returns {Tally} */
function newTally() {
  return { answered: 0, failed: 0, example: '', latencies: [] };
}

/**
 * @param {number} clients
 * @param {(number: number, course: Course) => void} openClient
 * @param {{ tally: Tally, mayGo: () => boolean, isMeasuring: () => boolean }} how
 * @returns {Promise<void>} settled when the last client has left
 */
function openAll(clients, openClient, { tally, mayGo, isMeasuring }) {
  let left = clients;
  return new Promise((resolve) => {
    const course = {
      mayGo,
      succeed(/** @type {number} */ begunAt) {
        tally.answered += 1;
        if (isMeasuring()) tally.latencies.push(performance.now() - begunAt);
      },
      fail(/** @type {string} */ what) {
        tally.failed += 1;
        tally.example ||= what;
      },
      leave: () => --left === 0 && resolve(),
    };
    for (let number = 0; number < clients; number++) openClient(number, course);
  });
}

/** @param {Promise<void>} drained */
async function withinDrain(drained) {
  const isDrained = await Promise.race([drained.then(() => true), pause(DRAIN_MS).then(() => false)]);
  if (!isDrained) throw new Error(`Some clients got no answer within ${DRAIN_MS} ms`);
}

/** @param {Tally} tally */
function tellMeasured({ answered, failed, example, latencies }) {
  tellParent({ type: 'measured', answered, failed, example, ...percentiles(latencies) });
}

/** @param {readonly number[]} latencies milliseconds */
export function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
