/** What both ways of using BullMQ share: the queue, its events, and the worker. */

/** Events that Redis keeps of a queue. BullMQ's 10,000 are a second's; whoever reads later misses results. */
const KEPT_EVENTS = 1_000_000;

/** @param {Pick<import('./adapters.mjs').Setting, 'load' | 'url' | 'name'>} setting */
export async function openQueue({ load, url, name }) {
  const { Queue, QueueEvents } = load('bullmq');
  const connection = connectionOf(url);
  const queue = new Queue(name, { connection, streams: { events: { maxLen: KEPT_EVENTS } } });
  // From the first event on: by default those are missed that come before its first read.
  const events = new QueueEvents(name, { connection, lastEventId: '0' });
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  async function close() {
    await events.close();
    await queue.close();
  }
  return { queue, events, close };
}

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Worker>}
 */
export async function openWorker({ load, url, name, concurrency }) {
  const { Worker } = load('bullmq');
  const echo = async (/** @type {{ data: { content: string } }} */ { data }) => `Echo: ${data.content}`;
  const worker = new Worker(name, echo, { connection: connectionOf(url), concurrency });
  await worker.waitUntilReady();
  return { close: () => worker.close() };
}

/** @param {string} url */
function connectionOf(url) {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port), maxRetriesPerRequest: null };
}
