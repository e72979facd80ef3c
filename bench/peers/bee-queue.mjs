/** bee-queue: ids of our own and the queue's events, because a fast job's own event can come before it is known. Source: its issue 189. */
import { createReplies } from './replies.mjs';

const QUEUE = 'bench';

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Producer>}
 */
export async function openProducer({ load, url }) {
  const Queue = load('bee-queue');
  const queue = new Queue(QUEUE, { redis: redisOf(url), isWorker: false, storeJobs: false });
  const replies = createReplies();
  queue.on('job succeeded', replies.settle);
  await queue.ready();
  return {
    async submit(content) {
      const { id, reply } = replies.expect();
      await queue.createJob({ content }).setId(id).save();
      return await reply;
    },
    close: () => queue.close(),
  };
}

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Worker>}
 */
export async function openWorker({ load, url, concurrency }) {
  const Queue = load('bee-queue');
  const queue = new Queue(QUEUE, { redis: redisOf(url), getEvents: false, storeJobs: false, removeOnSuccess: true });
  queue.process(concurrency, async (/** @type {{ data: { content: string } }} */ { data }) => `Echo: ${data.content}`);
  await queue.ready();
  return { close: () => queue.close() };
}

/** @param {string} url */
function redisOf(url) {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}
