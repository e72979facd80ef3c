/** Who runs beside whom: what each is, what it needs, how it is set up, and what it does not do. */

/**
 * @typedef {'floor' | 'sqlite' | 'postgres' | 'bullmq' | 'bullmq-documented' | 'bee-queue' | 'pg-boss' | 'graphile-worker'} Name
 * @typedef {object} Contender
 * @property {string} label
 * @property {boolean} isOurs
 * @property {import('./programs.mjs').Database} [needs]
 * @property {{ package: string, concurrency: number }} [queue] its npm package, and tasks that its worker takes at once
 * @property {string} entrance how a task comes in
 * @property {string} durable what is on disk when the result is there
 * @property {string} lacks what it does not do that Plexus does for each task
 * @property {string} setup
 */

const QUEUE_LACKS = 'no HTTP, no keys, no ledger, no choice of a node, no receipt';

/** @type {Readonly<Record<Name, Contender>>} */
export const CONTENDERS = {
  floor: {
    label: 'floor',
    isOurs: false,
    entrance: 'HTTP',
    durable: 'nothing',
    lacks: 'nothing stored, signed or scheduled',
    setup: "the coordinator's own HTTP server and node frames around nothing",
  },
  sqlite: {
    label: 'Plexus, SQLite',
    isOurs: true,
    entrance: 'HTTP',
    durable: 'task, result, charge, reward, receipt',
    lacks: '',
    setup: 'WAL, `synchronous=FULL`; rate limits off',
  },
  postgres: {
    label: 'Plexus, PostgreSQL',
    isOurs: true,
    needs: 'postgres',
    entrance: 'HTTP',
    durable: 'task, result, charge, reward, receipt',
    lacks: '',
    setup: '`synchronous_commit=on`; rate limits off',
  },
  bullmq: {
    label: 'BullMQ',
    isOurs: false,
    needs: 'redis',
    // Fewer than the callers, so that some jobs wait: ending one then hands over the next in the same call to Redis.
    queue: { package: 'bullmq', concurrency: 16 },
    entrance: 'library',
    durable: 'task, result',
    lacks: QUEUE_LACKS,
    setup: "the fastest found: concurrency 16, own job ids and the queue's `completed` events",
  },
  'bullmq-documented': {
    label: 'BullMQ, as documented',
    isOurs: false,
    needs: 'redis',
    queue: { package: 'bullmq', concurrency: 50 },
    entrance: 'library',
    durable: 'task, result',
    lacks: QUEUE_LACKS,
    setup: "`job.waitUntilFinished` and the concurrency of its documentation's example, 50",
  },
  'bee-queue': {
    label: 'bee-queue',
    isOurs: false,
    needs: 'redis',
    queue: { package: 'bee-queue', concurrency: 256 },
    entrance: 'library',
    durable: 'task; the result is sent once and not kept',
    lacks: QUEUE_LACKS,
    setup: "concurrency 256, `removeOnSuccess`; own job ids and the queue's events, because a fast job's own get lost",
  },
  'pg-boss': {
    label: 'pg-boss',
    isOurs: false,
    needs: 'postgres',
    queue: { package: 'pg-boss', concurrency: 64 },
    entrance: 'library',
    durable: 'task; the result is sent once and not kept',
    lacks: QUEUE_LACKS,
    setup: 'batches of 64; woken (`notifyWorker`) and answered by a NOTIFY of ours, where it would poll every 0.5 s',
  },
  'graphile-worker': {
    label: 'graphile-worker',
    isOurs: false,
    needs: 'postgres',
    queue: { package: 'graphile-worker', concurrency: 24 },
    entrance: 'library',
    durable: 'task; the result is sent once and not kept',
    lacks: QUEUE_LACKS,
    setup:
      'as its page on performance has it: 24 jobs, local queue of 500, completion in batches; answered by a NOTIFY of ours',
  },
};

export const NAMES = /** @type {readonly Name[]} */ (Object.keys(CONTENDERS));
