/**
 * Results by PostgreSQL's NOTIFY, for queues that have no way to hand one back. What comes while a statement is under way
 * leaves in the next one.
 */
import { createReplies } from './replies.mjs';

const CHANNEL = 'bench_result';
const NOTIFY = `SELECT pg_notify('${CHANNEL}', message) FROM unnest($1::text[]) AS message`;

/** Waits for results on a connection of its own. @param {any} pg the library @param {string} connectionString */
export async function listenForReplies(pg, connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const replies = createReplies();
  client.on('notification', (/** @type {{ payload: string }} */ { payload }) => {
    const { id, result } = JSON.parse(payload);
    replies.settle(id, result);
  });
  await client.query(`LISTEN ${CHANNEL}`);
  return { expect: replies.expect, close: () => client.end() };
}

/** Sends results. @param {any} pg the library @param {string} connectionString */
export async function openReplier(pg, connectionString) {
  const notifier = await openNotifier(pg, connectionString, { name: 'results', text: NOTIFY });
  return {
    reply: (/** @type {string} */ id, /** @type {string} */ result) => notifier.send(JSON.stringify({ id, result })),
    close: notifier.close,
  };
}

/**
 * Sends messages with a statement that takes many at once.
 *
 * @param {any} pg the library
 * @param {string} connectionString
 * @param {{ name: string, text: string }} statement
 */
export async function openNotifier(pg, connectionString, statement) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  /** @type {string[]} */
  let waiting = [];
  let isBusy = false;
  async function flush() {
    isBusy = true;
    while (waiting.length > 0) {
      const messages = waiting;
      waiting = [];
      await client.query({ ...statement, values: [messages] });
    }
    isBusy = false;
  }
  return {
    send(/** @type {string} */ message) {
      waiting.push(message);
      if (!isBusy) setImmediate(() => isBusy || void flush());
    },
    close: () => client.end(),
  };
}
