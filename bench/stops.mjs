/** What a benchmark has opened is closed when it ends, however it ends: done, failed, or by a signal. */

import { setTimeout as sleep } from 'node:timers/promises';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM']);
const INTERRUPTED = 130;
/** A signal to all processes of a group has reached each of them by then. */
const HEAR_MS = 100;

/**
 * @typedef {() => unknown} Stop
 * @typedef {object} Stops
 * @property {(stop: Stop) => Promise<void>} add for what was opened just now; throws when everything is being closed
 */

/**
 * Runs a piece of work, and then its stops, the last one first. At a signal the stops run at once, which ends
 * whatever the work waits for.
 *
 * @param {(stops: Stops) => Promise<number>} work answers with an exit code
 * @returns {Promise<number>}
 */
export async function withStops(work) {
  /** @type {Stop[]} */
  const stops = [];
  /** @type {Promise<void> | undefined} */
  let closing;
  let isInterrupted = false;
  const close = () => (closing ??= runAll(stops.toReversed()));
  const interrupt = () => {
    isInterrupted = true;
    close().catch(() => undefined);
  };
  async function add(/** @type {Stop} */ stop) {
    if (!closing) return void stops.push(stop);
    await stop();
    throw new Error('The benchmark is being stopped');
  }
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const code = await work({ add });
    return isInterrupted ? INTERRUPTED : code;
  } catch (error) {
    // A child may have died of the same Ctrl-C before this process heard of it.
    await sleep(HEAR_MS);
    if (isInterrupted) return INTERRUPTED;
    throw error;
  } finally {
    await close().finally(() => {
      for (const signal of SIGNALS) process.off(signal, interrupt);
    });
  }
}

/** One that fails does not keep the others from running. @param {readonly Stop[]} stops */
async function runAll(stops) {
  const errors = [];
  for (const stop of stops) {
    try {
      await stop();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be closed');
}
