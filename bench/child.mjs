import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A child that is asked to stop and does not is killed after this long. */
const STOP_MS = 15_000;

/**
 * A program of the benchmark in a process of its own, spoken to over IPC.
 *
 * @typedef {{ type: string, [field: string]: any }} Message
 * @typedef {object} Child
 * @property {number} pid
 * @property {(type: string, timeoutMs: number) => Promise<Message>} next waits for the next message of a type
 * @property {(message: Message) => void} tell
 * @property {() => Promise<void>} stop
 */

/**
 * Starts `file` and waits until it says that it is ready.
 *
 * @param {URL} file
 * @param {{ node: string, nodeFlags: readonly string[], settings: object, stops?: import('./stops.mjs').Stops }} how
 *   stops gets what ends the child before it is waited for
 * @returns {Promise<Child & { ready: Message }>}
 */
export async function startChild(file, { node, nodeFlags, settings, stops }) {
  const process = fork(file, [JSON.stringify(settings)], {
    execPath: node,
    execArgv: [...nodeFlags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const name = file.pathname.split('/').at(-1);
  /** @type {Map<string, { resolve: (message: Message) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let hasEnded = false;
  let hasSpoken = false;
  const ended = once(process, 'exit').then(([code, signal]) => {
    hasEnded = true;
    for (const { reject } of waiting.values())
      reject(new Error(`${name} ended too early: ${signal ?? `code ${code}`}`));
  });
  process.on('message', (/** @type {Message} */ message) => {
    hasSpoken = true;
    if (message.type === 'failed') for (const { reject } of waiting.values()) reject(new Error(message['error']));
    waiting.get(message.type)?.resolve(message);
    waiting.delete(message.type);
  });

  /** @type {Child['next']} */
  function next(type, timeoutMs) {
    if (hasEnded) return Promise.reject(new Error(`${name} has ended`));
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${name} did not say "${type}" within ${timeoutMs} ms`));
      const timer = setTimeout(late, timeoutMs);
      waiting.set(type, {
        resolve: (message) => (clearTimeout(timer), resolve(message)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
    });
  }

  async function stop() {
    if (hasEnded) return;
    // One that has not said anything yet has nothing to close.
    const timer = setTimeout(() => process.kill('SIGKILL'), hasSpoken ? STOP_MS : 0);
    // One that has just ended cannot be told, which is no error.
    if (process.connected) process.send({ type: 'stop' }, () => undefined);
    await ended;
    clearTimeout(timer);
  }

  await stops?.add(stop);
  try {
    const ready = await next('ready', 60_000);
    return { pid: Number(process.pid), ready, next, tell: (message) => void process.send(message), stop };
  } catch (error) {
    process.kill('SIGKILL');
    throw error;
  }
}

/**
 * The child's own side: hands every message to its handler, and ends with its parent.
 *
 * @param {Record<string, (message: Message) => unknown>} handlers `stop` closes what the child opened
 */
export function serveParent(handlers) {
  const { stop = () => undefined, ...others } = handlers;
  const end = async () => {
    await stop({ type: 'stop' });
    if (process.connected) process.disconnect();
    process.exit(0);
  };
  process.on('message', (/** @type {Message} */ message) => {
    const handle = message.type === 'stop' ? end : others[message.type];
    Promise.resolve(handle?.(message)).catch((error) => {
      tellParent({ type: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
  });
  process.once('disconnect', () => void end());
  // Ctrl-C reaches the whole group; the parent says in which order to stop.
  process.on('SIGINT', () => undefined);
}

/** @param {Message} message */
export function tellParent(message) {
  if (process.connected) process.send?.(message);
}

/** @returns {any} what `startChild` was given as settings */
export function settingsOfChild() {
  return JSON.parse(process.argv[2] ?? '{}');
}
