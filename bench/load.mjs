/** The load: clients on raw sockets, for a while (`run`) or for a number of tasks (`count`). */
import { serveParent, tellParent } from './child.mjs';
import { openClient } from './client.mjs';
import { count, measure } from './course.mjs';

/**
 * @typedef {object} Server
 * @property {string} host
 * @property {number} port
 * @property {readonly string[]} keys
 */

serveParent({
  run: (message) => measure(/** @type {any} */ (message), openEach(/** @type {any} */ (message))),
  count: (message) => count(/** @type {any} */ (message), openInTurn(/** @type {any} */ (message))),
});
tellParent({ type: 'ready' });

/** Each client keeps to one key. @param {Server} server */
function openEach({ host, port, keys }) {
  return (/** @type {number} */ number, /** @type {import('./course.mjs').Course} */ course) => {
    const key = keys[number % keys.length] ?? '';
    openClient({ host, port, keyLength: key.length, keyOf: () => key }, number, course);
  };
}

/** All keys in turn, whichever client sends. @param {Server} server */
function openInTurn({ host, port, keys }) {
  let next = 0;
  const keyLength = keys[0]?.length ?? 0;
  const keyOf = () => keys[next++ % keys.length] ?? '';
  return (/** @type {number} */ number, /** @type {import('./course.mjs').Course} */ course) =>
    openClient({ host, port, keyLength, keyOf }, number, course);
}
