/**
 * BullMQ the fastest way that was found: job ids of our own and the queue's `completed` events, because
 * `waitUntilFinished` asks Redis once more for each task.
 */
import { openQueue } from './bullmq-queue.mjs';
import { createReplies } from './replies.mjs';

export { openWorker } from './bullmq-queue.mjs';

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Producer>}
 */
export async function openProducer(setting) {
  const { queue, events, close } = await openQueue(setting);
  const replies = createReplies();
  events.on('completed', (/** @type {{ jobId: string, returnvalue: string }} */ { jobId, returnvalue }) =>
    replies.settle(jobId, returnvalue),
  );
  return {
    async submit(content) {
      const { id, reply } = replies.expect();
      await queue.add('echo', { content }, { jobId: id });
      return await reply;
    },
    close,
  };
}
