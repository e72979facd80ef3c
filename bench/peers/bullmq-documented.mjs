/** BullMQ as its documentation has it: `job.waitUntilFinished`. */
import { openQueue } from './bullmq-queue.mjs';

export { openWorker } from './bullmq-queue.mjs';

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Producer>}
 */
export async function openProducer(setting) {
  const { queue, events, close } = await openQueue(setting);
  // Every task that waits listens; that is no leak.
  for (const emitter of [queue, events]) emitter.setMaxListeners(0);
  return {
    async submit(content) {
      const job = await queue.add('echo', { content });
      return await job.waitUntilFinished(events);
    },
    close,
  };
}
