/** All readers of one measurement, in a process of their own. */
import { serveParent, tellParent } from '../child.mjs';
import { Reader } from './reader.mjs';

const ASK_AGAIN_MS = 20;

/** @type {Reader[]} */
let readers = [];
/** @type {Reader[]} */
let slow = [];

/**
 * @param {{ host: string, port: number, keys: readonly string[], count: number, slowCount: number, event?: string }} how
 */
async function open({ host, port, keys, count, slowCount, event }) {
  const readerOf = (/** @type {number} */ number) =>
    new Reader({ host, port, key: keys[number % keys.length] ?? '', event, isTimed: number === 0 });
  readers = Array.from({ length: count }, (_, number) => readerOf(number));
  slow = Array.from({ length: slowCount }, (_, number) => readerOf(number));
  await Promise.all([...readers, ...slow].map(({ opened }) => opened));
  const begun = await Promise.all(readers.map((reader) => reader.ping()));
  for (const reader of slow) reader.stopReading();
  tellParent({ type: 'opened', from: Math.min(...begun), to: Math.max(...begun) });
}

/** Waits until every reader was sent everything up to that number. @param {number} through */
async function finish(through) {
  await Promise.all(readers.map((reader) => untilSent(reader, through)));
  for (const reader of slow) reader.startReading();
  await pause(500);
  const digests = readers.map(({ digest, wrong }) => ({ ...digest, wrong }));
  const lateness = readers[0]?.lateness ?? [];
  tellParent({
    type: 'finished',
    digests,
    lateness,
    dropped: slow.filter(({ closeCode }) => closeCode === 1013).length,
  });
  for (const reader of [...readers, ...slow]) reader.close();
}

/** @param {Reader} reader @param {number} through */
async function untilSent(reader, through) {
  while ((await reader.ping()) < through) await pause(ASK_AGAIN_MS);
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

serveParent({
  open: (message) => open(/** @type {any} */ (message)),
  finish: ({ through }) => finish(Number(through)),
});
tellParent({ type: 'ready' });
