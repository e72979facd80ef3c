import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from './engine-error.ts';

/** Where on this machine a container's service is reached. */
export type ServicePlace = { readonly socketPath: string } | { readonly host: string; readonly port: number };

const POLL_MS = 50;
const TRY_MS = 2000;

/**
 * Waits for the first HTTP answer, whatever its status. A connection proves nothing: Docker's proxy takes it before
 * anybody listens.
 *
 * @throws {EngineError} when none comes in time; whatever the signal says when it aborts
 */
export async function untilAnswering(place: ServicePlace, withinMs: number, signal: AbortSignal): Promise<void> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline;) {
    signal.throwIfAborted();
    if (await answers(place, signal)) return;
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new EngineError(`The container's service did not answer within ${withinMs / 1000} s`);
}

function answers(place: ServicePlace, signal: AbortSignal): Promise<boolean> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]);
  return new Promise((resolve) => {
    const asked = request({ ...place, path: '/', method: 'GET', agent: false, signal: either }, (answer) => {
      answer.destroy();
      resolve(true);
    });
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
