/** A worker over memory books, a sender that a test answers for, and time that moves when it is told to. */
import type { Books, Delivery } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';
import { onTestFinished } from 'vitest';
import { createLogger } from '../src/logger.ts';
import type { Attempted, WebhookSender } from '../src/webhooks/webhook-sender.ts';
import { WebhookWorker } from '../src/webhooks/webhook-worker.ts';

const START = Date.UTC(2026, 0, 1);

/** One attempt that is under way. */
interface Sent {
  readonly delivery: Delivery;
  readonly signal: AbortSignal;
  readonly answer: (attempted: Attempted) => Promise<void>;
}

export const DELIVERED: Attempted = { isDelivered: true, status: 200 };
export const failed = (changes: Partial<Extract<Attempted, { isDelivered: false }>> = {}): Attempted => ({
  isDelivered: false,
  error: 'HTTP 500',
  status: 500,
  isFinal: false,
  ...changes,
});

/** Lets every promise that can go on go on. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

export async function createWorld() {
  const books = createMemoryBooks();
  const account = { id: 'client', kind: 'client', name: 'client', createdAt: new Date(START) } as const;
  await books.commit({ type: 'openAccount', account, grant: 0n, mintId: 'mint' });
  const sent: Sent[] = [];
  const outcomes: string[] = [];
  let now = START;
  let count = 0;
  const clock = () => new Date(now);
  const deps = { books, clock, random: () => 0.5, logger: createLogger({ level: 'silent' }), send: sendTo(sent) };
  const startWorker = () => new WebhookWorker({ ...deps, onAttempt: (outcome) => outcomes.push(outcome) });
  const worker = startWorker();
  onTestFinished(async () => {
    for (const { answer } of sent) void answer(DELIVERED);
    await worker.stop();
  });
  return {
    books,
    sent,
    outcomes,
    worker,
    startWorker,
    endJob: (host: string) => endJob(books, { number: ++count, host, at: clock() }),
    stateOf: async (id: string) => (await books.read.findDelivery(id))?.state,
    pass: (milliseconds: number) => void (now += milliseconds),
    look: async () => {
      await worker.look();
      await settle();
    },
  };
}

/** A sender whose attempts a test answers. */
function sendTo(sent: Sent[]): WebhookSender {
  return (delivery, _job, signal) =>
    new Promise((resolve) => {
      const answer = async (attempted: Attempted) => {
        resolve(attempted);
        await settle();
      };
      sent.push({ delivery, signal, answer });
    });
}

interface EndedJob {
  readonly number: number;
  /** Where its client is to be told. */
  readonly host: string;
  readonly at: Date;
}

/** @returns the id of its delivery */
async function endJob(books: Books, { number, host, at }: EndedJob): Promise<string> {
  const id = `job_${String(number).padStart(4, '0')}`;
  const job = { id, accountId: 'client', service: 'echo', content: '', params: {}, hold: 0n, unitPrice: 0n, cost: 0n };
  const rest = { state: 'queued', epoch: 0, attempts: [], decisions: [], createdAt: at, deadlineAt: at } as const;
  const end = { state: 'failed', reason: 'node_lost', cost: 0n, epoch: 0, attempts: [], decisions: [] } as const;
  const begun = { state: 'pending', attempts: 0, nextAt: at, createdAt: at } as const;
  const delivery = { id: `msg_${id}`, accountId: 'client', jobId: id, url: `https://${host}/`, host, ...begun };
  const ended = { jobId: id, accountId: 'client', end: { ...end, endedAt: at } };
  await books.commit({ type: 'openJob', job: { ...job, ...rest } });
  await books.commit({ type: 'endJob', ...ended, payments: [], scores: [], delivery });
  return delivery.id;
}
