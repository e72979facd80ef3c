import type { Books, Delivery } from '@plexus/core';
import { expect, it } from 'vitest';
import { CLIENT, completeJob, jobOf, leaseJob, NOON, openAccount, openJob, type Stage } from './books-fixtures.ts';

const at = (seconds: number): Date => new Date(NOON.getTime() + seconds * 1000);
const ids = (deliveries: readonly Delivery[]): readonly string[] => deliveries.map(({ id }) => id);

/** A delivery of a job's news, as it begins. */
function deliveryOf(number: number, fields: Partial<Delivery> = {}): Delivery {
  return {
    id: `msg_${jobOf(number).id}`,
    accountId: CLIENT,
    jobId: jobOf(number).id,
    url: 'https://a.example/hook?x=ü',
    host: 'a.example',
    state: 'pending',
    attempts: 0,
    nextAt: NOON,
    createdAt: NOON,
    ...fields,
  };
}

/** Ends jobs whose clients want to be told. */
async function endJobs(books: Books, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) {
    const job = jobOf(Number(delivery.jobId.slice(-6)), { accountId: delivery.accountId });
    await books.commitAll([openJob(job), { ...completeJob(job), delivery }]);
  }
}

/** The news of jobs that have ended, until their clients have them. */
export function webhookConformance(stage: Stage): void {
  outboxConformance(stage);
  attemptConformance(stage);
  secretConformance(stage);
}

function outboxConformance(stage: Stage): void {
  it('keeps the news of a job together with its end, or neither', async () => {
    const { books, reopen } = stage;
    const delivery = deliveryOf(1);
    await books.commitAll([openJob(jobOf(1)), leaseJob(jobOf(1), 2)]);
    const wrong = { ...completeJob(jobOf(1), 1), delivery };
    await expect(books.commit(wrong)).rejects.toThrow('newer lease');
    expect(await books.read.findDelivery(delivery.id)).toBeUndefined();
    await books.commit({ ...completeJob(jobOf(1), 2), delivery });
    if (reopen) await books.close().then(reopen);
    expect(await stage.books.read.findDelivery(delivery.id)).toEqual(delivery);
    expect(await stage.books.read.countPendingDeliveries()).toBe(1);
  });

  it('finds what is due at each host, the longest due first', async () => {
    const { books } = stage;
    await endJobs(books, [
      deliveryOf(1, { nextAt: at(2) }),
      deliveryOf(2, { nextAt: at(1) }),
      deliveryOf(3, { nextAt: at(99) }),
      deliveryOf(4, { host: 'b.example:8443' }),
    ]);
    const due = (host: string, limit = 9) => books.read.listDueDeliveries(host, at(10), limit);
    expect(ids(await due('a.example'))).toEqual(ids([deliveryOf(2), deliveryOf(1)]));
    expect(ids(await due('a.example', 1))).toEqual(ids([deliveryOf(2)]));
    expect(ids(await due('b.example:8443'))).toEqual(ids([deliveryOf(4)]));
    const nextDeliveryHost = (after: string) => books.read.nextDeliveryHost(after);
    const hosts = [
      await nextDeliveryHost(''),
      await nextDeliveryHost('a.example'),
      await nextDeliveryHost('b.example:8443'),
    ];
    expect(hosts).toEqual(['a.example', 'b.example:8443', undefined]);
  });

  it("lists an account's, newest first, by what became of them", async () => {
    const { books } = stage;
    await books.commit(openAccount('acct_2', 'client', 1000n));
    await endJobs(books, [deliveryOf(1), deliveryOf(2), deliveryOf(3), deliveryOf(4, { accountId: 'acct_2' })]);
    const given = { state: 'given_up', error: 'HTTP 500' } as const;
    await settle(books, deliveryOf(2), given);
    await settle(books, deliveryOf(1), { state: 'delivered', status: 204 });
    const list = async (filter: object, limit = 9, after?: string) =>
      ids(await books.read.listDeliveries(filter, { limit, ...(after !== undefined && { after }) }));
    const own = { accountId: CLIENT };
    expect(await list(own)).toEqual(ids([deliveryOf(3), deliveryOf(2), deliveryOf(1)]));
    expect(await list(own, 1, deliveryOf(3).id)).toEqual(ids([deliveryOf(2)]));
    expect(await list({ ...own, state: 'given_up' })).toEqual(ids([deliveryOf(2)]));
    expect(await list({ ...own, state: 'delivered' })).toEqual(ids([deliveryOf(1)]));
    expect(await list({ state: 'pending' })).toEqual(ids([deliveryOf(4), deliveryOf(3)]));
  });
}

async function settle(
  books: Books,
  { id: deliveryId }: Delivery,
  result: { state: 'given_up'; error: string } | { state: 'delivered'; status: number },
): Promise<void> {
  await books.commit({ type: 'tryDelivery', deliveryId, attempt: 1, nextAt: at(5) });
  await books.commit({ type: 'settleDelivery', deliveryId, attempt: 1, result, at: at(1) });
}

function attemptConformance(stage: Stage): void {
  const { id: deliveryId } = deliveryOf(1);
  const tryIt = (attempt: number) => ({ type: 'tryDelivery', deliveryId, attempt, nextAt: at(5) }) as const;
  const settleIt = { type: 'settleDelivery', deliveryId, at: at(1) } as const;

  it('lets one of two senders have an attempt', async () => {
    const { books } = stage;
    await endJobs(books, [deliveryOf(1)]);
    const both = await Promise.allSettled([books.commit(tryIt(1)), books.commit(tryIt(1))]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await books.read.findDelivery(deliveryId)).toEqual(deliveryOf(1, { attempts: 1, nextAt: at(5) }));
    await expect(books.commit({ ...tryIt(1), deliveryId: 'msg_none' })).rejects.toMatchObject({
      code: 'DELIVERY_NOT_FOUND',
    });
  });

  it('keeps what became of each attempt until it is delivered', async () => {
    const { books } = stage;
    await endJobs(books, [deliveryOf(1)]);
    await books.commit(tryIt(1));
    const failed = { state: 'pending', status: 503, error: 'HTTP 503', nextAt: at(30) } as const;
    await books.commit({ ...settleIt, attempt: 1, result: failed });
    const after = { attempts: 1, nextAt: at(30), lastStatus: 503, lastError: 'HTTP 503' };
    expect(await books.read.findDelivery(deliveryId)).toEqual(deliveryOf(1, after));
    await books.commit(tryIt(2));
    await books.commit({ ...settleIt, attempt: 2, result: { state: 'delivered', status: 200 } });
    const { nextAt: _, ...rest } = deliveryOf(1, { state: 'delivered', attempts: 2, lastStatus: 200, endedAt: at(1) });
    expect(await books.read.findDelivery(deliveryId)).toEqual(rest);
    expect(await books.read.countPendingDeliveries()).toBe(0);
    await expect(books.commit(tryIt(3))).rejects.toMatchObject({ code: 'DELIVERY_MOVED_ON' });
  });

  it('begins anew when it is replayed, and takes no word of an earlier attempt for a later one', async () => {
    const { books } = stage;
    await endJobs(books, [deliveryOf(1)]);
    await books.commit(tryIt(1));
    await books.commit(tryIt(2));
    await books.commit({ type: 'replayDelivery', deliveryId, at: at(9) });
    expect(await books.read.findDelivery(deliveryId)).toEqual(deliveryOf(1, { nextAt: at(9) }));
    const late = books.commit({ ...settleIt, attempt: 2, result: { state: 'delivered', status: 200 } });
    await expect(late).rejects.toMatchObject({ code: 'DELIVERY_MOVED_ON' });
    await books.commit(tryIt(1));
    await books.commit({ ...settleIt, attempt: 1, result: { state: 'given_up', error: 'HTTP 410', status: 410 } });
    expect(await books.read.findDelivery(deliveryId)).toMatchObject({ state: 'given_up', lastError: 'HTTP 410' });
    await books.commit({ type: 'replayDelivery', deliveryId, at: at(10) });
    expect(await books.read.findDelivery(deliveryId)).toMatchObject({ state: 'pending', attempts: 0, nextAt: at(10) });
  });
}

function secretConformance(stage: Stage): void {
  it('counts the generations of a secret, whoever rotates it', async () => {
    const { books } = stage;
    expect(await books.read.findWebhookSecret(CLIENT)).toBeUndefined();
    const rotate = (seconds: number) => ({ type: 'rotateWebhookSecret', accountId: CLIENT, at: at(seconds) }) as const;
    await Promise.all([books.commit(rotate(1)), books.commit(rotate(2))]);
    expect(await books.read.findWebhookSecret(CLIENT)).toEqual({ accountId: CLIENT, generation: 3, rotatedAt: at(2) });
    await expect(books.commit({ ...rotate(3), accountId: 'acct_none' })).rejects.toMatchObject({
      code: 'ACCOUNT_NOT_FOUND',
    });
  });
}
