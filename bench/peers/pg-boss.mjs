/**
 * pg-boss 10: it polls, every 0.5 s at the most often, so a NOTIFY wakes its worker as its documentation allows
 * (`notifyWorker`); it has no event for a result, so they come by NOTIFY too.
 */
import { listenForReplies, openNotifier, openReplier } from './postgres-replies.mjs';

const QUEUE = 'bench';
const WAKE = 'bench_wake';
const NOTIFY = `SELECT pg_notify('${WAKE}', '') WHERE cardinality($1::text[]) > 0`;
const POLL_SECONDS = 0.5;

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Producer>}
 */
export async function openProducer({ load, url }) {
  const boss = await startBoss(load, url);
  await boss.createQueue(QUEUE);
  const pg = load('pg');
  const replies = await listenForReplies(pg, url);
  const waker = await openNotifier(pg, url, { name: 'wake', text: NOTIFY });
  return {
    async submit(content) {
      const { id, reply } = replies.expect();
      await boss.send(QUEUE, { id, content });
      waker.send(id);
      return await reply;
    },
    async close() {
      await replies.close();
      await waker.close();
      await boss.stop({ graceful: false });
    },
  };
}

/**
 * @param {import('./adapters.mjs').Setting} setting
 * @returns {Promise<import('./adapters.mjs').Worker>}
 */
export async function openWorker({ load, url, concurrency }) {
  const boss = await startBoss(load, url);
  await boss.createQueue(QUEUE);
  const pg = load('pg');
  const replier = await openReplier(pg, url);
  const options = { batchSize: concurrency, pollingIntervalSeconds: POLL_SECONDS };
  const id = await boss.work(QUEUE, options, async (/** @type {Job[]} */ jobs) => {
    for (const { data } of jobs) replier.reply(data.id, `Echo: ${data.content}`);
    // Where there was something there may be more.
    boss.notifyWorker(id);
  });
  const listener = new pg.Client({ connectionString: url });
  await listener.connect();
  listener.on('notification', () => boss.notifyWorker(id));
  await listener.query(`LISTEN ${WAKE}`);
  return {
    async close() {
      await boss.stop({ graceful: false });
      await listener.end();
      await replier.close();
    },
  };
}

/** @typedef {{ data: { id: string, content: string } }} Job */

/** @param {import('./adapters.mjs').Setting['load']} load @param {string} connectionString */
async function startBoss(load, connectionString) {
  const PgBoss = load('pg-boss');
  const boss = new PgBoss({ connectionString, schedule: false, supervise: false });
  boss.on('error', (/** @type {Error} */ error) => console.error(error));
  await boss.start();
  return boss;
}
