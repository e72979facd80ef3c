/** graphile-worker: woken by its own LISTEN; it keeps no results, so they come by NOTIFY. */
import { listenForReplies, openReplier } from './postgres-replies.mjs';

/** Connections of the producer. */
const POOL = 10;
/** Source: graphile-worker's documentation, "Performance". */
const LOCAL_QUEUE = 500;

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Producer>}
 */
export async function openProducer({ load, url }) {
  const { makeWorkerUtils, Logger } = load('graphile-worker');
  const pg = load('pg');
  const pgPool = new pg.Pool({ connectionString: url, max: POOL });
  pgPool.on('error', (/** @type {Error} */ error) => console.error(error));
  const utils = await makeWorkerUtils({ pgPool, logger: quiet(Logger) });
  await utils.migrate();
  const replies = await listenForReplies(pg, url);
  return {
    async submit(content) {
      const { id, reply } = replies.expect();
      await utils.addJob('echo', { id, content });
      return await reply;
    },
    async close() {
      await utils.release();
      await pgPool.end();
      await replies.close();
    },
  };
}

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Worker>}
 */
export async function openWorker({ load, url, concurrency }) {
  const { run, Logger } = load('graphile-worker');
  const replier = await openReplier(load('pg'), url);
  const echo = (/** @type {{ id: string, content: string }} */ { id, content }) =>
    replier.reply(id, `Echo: ${content}`);
  const runner = await run({
    preset: {
      worker: {
        connectionString: url,
        concurrentJobs: concurrency,
        maxPoolSize: concurrency + 1,
        localQueue: { size: LOCAL_QUEUE },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        logger: quiet(Logger),
      },
    },
    taskList: { echo },
  });
  return {
    async close() {
      await runner.stop();
      await replier.close();
    },
  };
}

/** Its log says a line for each job. @param {any} Logger */
function quiet(Logger) {
  return new Logger(() => (/** @type {string} */ level, /** @type {string} */ message) => {
    if (level === 'error' || level === 'warning') console.error(message);
  });
}
