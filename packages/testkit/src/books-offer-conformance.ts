import type { Books, Command, NodeRecord, Offer } from '@plexus/core';
import { expect, it } from 'vitest';
import {
  CLIENT,
  completeJob,
  GRANT,
  jobOf,
  keyOf,
  leaseJob,
  NODE,
  NODE_ACCOUNT,
  NOON,
  numbered,
  openAccount,
  openJob,
  type Stage,
} from './books-fixtures.ts';

const at = (seconds: number): Date => new Date(NOON.getTime() + seconds * 1000);
/** It has no limit. */
const KEY = 'key_0';
const DEMANDS = { only: [NODE], offerId: 'offer_000001' };

function offerOf(number: number, fields: Partial<Offer> = {}): Offer {
  return {
    id: numbered('offer', number),
    nodeId: NODE,
    accountId: NODE_ACCOUNT,
    jobType: 'image-classification',
    price: 30n,
    maxJobs: 2,
    jobsLeft: 2,
    requirements: { min_gpu_memory: '4Gi' },
    state: 'active',
    createdAt: NOON,
    expiresAt: at(60),
    ...fields,
  };
}

const create = (offer: Offer): Command => ({ type: 'createOffer', offer });

function accept(number: number, fields: Partial<Extract<Command, { type: 'acceptOffer' }>> = {}): Command {
  const { id: jobId } = jobOf(number);
  const of = { offerId: offerOf(1).id, jobId, accountId: CLIENT, keyId: KEY, bid: 30n, demands: DEMANDS, at: at(1) };
  return { type: 'acceptOffer', ...of, ...fields };
}

/** Offers of miners, and jobs that are given to them. */
export function offerConformance(stage: Stage): void {
  listConformance(stage);
  claimConformance(stage);
  acceptConformance(stage);
  keyConformance(stage);
  refusalConformance(stage);
  ownerConformance(stage);
}

function listConformance(stage: Stage): void {
  it('lists active offers by type and price, the cheapest first', async () => {
    const { books } = stage;
    const offers = [
      offerOf(1, { price: 2n ** 60n }),
      offerOf(2, { price: 5n, jobType: 'whisper' }),
      offerOf(3, { price: 10n }),
      offerOf(4, { price: 10n }),
      offerOf(5, { price: 1n, expiresAt: at(5) }),
    ];
    for (const offer of offers) await books.commit(create(offer));
    await books.commit({ type: 'withdrawOffer', offerId: offerOf(4).id, at: at(1) });
    const list = async (query: object, limit = 9) =>
      (await books.read.listOffers(query, at(5), limit)).map(({ id }) => Number(id.slice(-1)));
    expect(await list({})).toEqual([2, 3, 1]);
    expect(await list({}, 2)).toEqual([2, 3]);
    expect(await list({ jobType: 'image-classification' })).toEqual([3, 1]);
    expect(await list({ maxPrice: 10n })).toEqual([2, 3]);
    expect(await list({ jobType: 'whisper', maxPrice: 4n })).toEqual([]);
    expect(await books.read.countOffers(NODE)).toBe(4);
    expect(await books.read.findOffer('offer_none')).toBeUndefined();
  });

  it('says once of an offer that its time is over', async () => {
    const { books } = stage;
    for (const offer of [offerOf(1), offerOf(2, { expiresAt: at(30) })]) await books.commit(create(offer));
    expect(await books.read.listExpiredOffers(at(29), 9)).toEqual([]);
    const over = await books.read.listExpiredOffers(at(60), 9);
    expect(over).toEqual([offerOf(2).id, offerOf(1).id]);
    const close = { type: 'closeOffers', offerIds: over, at: at(40) } as const;
    await Promise.all([books.commit(close), books.commit(close)]);
    expect(await books.read.findOffer(offerOf(2).id)).toMatchObject({ state: 'expired' });
    expect(await books.read.findOffer(offerOf(1).id)).toEqual(offerOf(1));
    expect(await told(books)).toEqual(['active', 'active', 'expired']);
  });
}

function claimConformance(stage: Stage): void {
  it('makes an offer once for each claim, and nothing of another request under the same one', async () => {
    const { books } = stage;
    const claim = (offer: Offer, requestHash = 'one') => ({
      accountId: NODE_ACCOUNT,
      key: 'k',
      requestHash,
      answer: offer.id,
    });
    const made = [1, 2, 3].map((number) => offerOf(number));
    const commands = made.map((offer): Command => ({ type: 'createOffer', offer, claim: claim(offer) }));
    const outcomes = await Promise.all(commands.slice(0, 2).map((command) => books.commit(command)));
    expect(outcomes.map(({ replayed }) => replayed)).toEqual([undefined, offerOf(1).id]);
    expect(await books.commit(commands[2] as Command)).toMatchObject({ replayed: offerOf(1).id });
    const other: Command = { type: 'createOffer', offer: offerOf(4), claim: claim(offerOf(4), 'two') };
    await expect(books.commit(other)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(await books.read.countOffers(NODE)).toBe(1);
    expect(await told(books)).toEqual(['active']);
  });
}

async function told(books: Books): Promise<readonly string[]> {
  const { events } = await books.read.listEvents({ after: 0, limit: 99 });
  return events.flatMap(({ event }) => (event.type === 'marketplace_update' ? event.status : []));
}

function acceptConformance(stage: Stage): void {
  it('gives a job away at the price of the offer: less is held, and that is charged', async () => {
    const { books, reopen } = stage;
    await books.commitAll([create(offerOf(1)), openJob(jobOf(1))]);
    const { accounts } = await books.commit(accept(1, { bid: 99n }));
    expect(accounts).toMatchObject([{ id: CLIENT, available: GRANT - 30n, held: 30n }]);
    if (reopen) await books.close().then(reopen);
    const { books: again } = stage;
    const given = jobOf(1, { keyId: KEY, hold: 30n, unitPrice: 30n, demands: DEMANDS });
    expect(await again.read.findJob(jobOf(1).id)).toEqual(given);
    expect(await again.read.findOffer(offerOf(1).id)).toEqual(offerOf(1, { jobsLeft: 1 }));
    const { jobId, offerId } = { jobId: jobOf(1).id, offerId: offerOf(1).id };
    const acceptance = { jobId, offerId, nodeId: NODE, accountId: CLIENT, price: 30n, bid: 99n, at: at(1) };
    expect(await again.read.findAcceptance(jobId)).toEqual(acceptance);
    await again.commit(leaseJob(jobOf(1), 1));
    await again.commit(completeJob(given, 1, 30n));
    expect(await again.read.findAccount(CLIENT)).toMatchObject({ available: GRANT - 30n, held: 0n, spent: 30n });
    expect(await again.read.findAccount(NODE_ACCOUNT)).toMatchObject({ available: 27n });
  });

  it('gives away as many jobs as the offer is for, however many ask at once, and each job once', async () => {
    const { books } = stage;
    await books.commit(create(offerOf(1)));
    for (const number of [1, 2, 3]) await books.commit(openJob(jobOf(number)));
    const all = [accept(1), accept(1), accept(2), accept(3)].map((command) => books.commit(command));
    const results = await Promise.allSettled(all);
    expect(results.map((one) => (one.status === 'rejected' ? one.reason.code : 'accepted'))).toEqual([
      'accepted',
      'JOB_NOT_WAITING',
      'accepted',
      'OFFER_NOT_AVAILABLE',
    ]);
    expect(await books.read.findOffer(offerOf(1).id)).toMatchObject({ jobsLeft: 0, state: 'used_up' });
    expect(await told(books)).toEqual(['active', 'active', 'used_up']);
    const { events } = await books.read.listEvents({ after: 0, limit: 99 });
    expect(events.at(-1)?.event).toMatchObject({ transactionId: `tx_${jobOf(2).id}`, offerId: offerOf(1).id });
  });
}

function keyConformance(stage: Stage): void {
  it('holds more where the offer is dearer than what was held, on a key with a limit too', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf('key_1', { spendLimit: 260n }) });
    const job = jobOf(1, { keyId: 'key_1' });
    await books.commitAll([create(offerOf(1, { price: 250n })), openJob(job)]);
    await books.commit(accept(1, { bid: 250n, keyId: 'key_1', submittedBy: 'key_1' }));
    expect(await books.read.findKey('key_1')).toMatchObject({ spent: 250n });
    expect(await books.read.totals()).toMatchObject({ held: 250n, openHolds: 250n });
    await books.commitAll([create(offerOf(2, { price: 20n })), openJob(jobOf(2, { keyId: 'key_1', hold: 5n }))]);
    const second = accept(2, { offerId: offerOf(2).id, bid: 20n, keyId: 'key_1', submittedBy: 'key_1' });
    await expect(books.commit(second)).rejects.toMatchObject({ code: 'SPEND_LIMIT_EXCEEDED' });
    expect(await books.read.findOffer(offerOf(2).id)).toMatchObject({ jobsLeft: 2 });
    expect(await books.read.totals()).toMatchObject({ held: 255n, openHolds: 255n });
  });

  it('lets the key that accepts pay, within its limit: what the job held on another key is free again', async () => {
    const { books } = stage;
    for (const id of ['key_1', 'key_2'])
      await books.commit({ type: 'createKey', key: keyOf(id, { spendLimit: 100n }) });
    const [first, second] = [jobOf(1, { keyId: 'key_1' }), jobOf(2, { hold: 10n })];
    await books.commitAll([create(offerOf(1, { price: 70n })), openJob(first), openJob(second)]);
    await books.commit(accept(1, { bid: 70n, keyId: 'key_2', submittedBy: 'key_1' }));
    const spent = async () =>
      (await Promise.all(['key_1', 'key_2'].map((id) => books.read.findKey(id)))).map((key) => key?.spent);
    expect(await spent()).toEqual([0n, 70n]);
    const beyond = accept(2, { bid: 70n, keyId: 'key_2' });
    await expect(books.commit(beyond)).rejects.toMatchObject({ code: 'SPEND_LIMIT_EXCEEDED' });
    expect(await spent()).toEqual([0n, 70n]);
    expect(await books.read.findJob(second.id)).toEqual(second);
    const given = jobOf(1, { keyId: 'key_2' });
    await books.commitAll([leaseJob(given, 1), completeJob(given, 1, 40n)]);
    expect(await spent()).toEqual([0n, 40n]);
    expect(await books.read.totals()).toMatchObject({ sum: 0n, held: 10n, openHolds: 10n });
  });
}

function refusalConformance(stage: Stage): void {
  it('refuses what cannot be, and then leaves everything as it was', async () => {
    const { books } = stage;
    await books.commit(openAccount('acct_2', 'client'));
    await books.commitAll([create(offerOf(1)), openJob(jobOf(1)), openJob(jobOf(2)), leaseJob(jobOf(2), 1)]);
    await books.commitAll([openJob(jobOf(3)), completeJob(jobOf(3))]);
    await books.commit(create(offerOf(2, { state: 'withdrawn' })));
    await books.commit(create(offerOf(3, { price: GRANT * 2n })));
    const refusals: readonly (readonly [Command, string])[] = [
      [accept(1, { offerId: 'offer_none' }), 'OFFER_NOT_FOUND'],
      [accept(1, { at: at(60) }), 'OFFER_NOT_AVAILABLE'],
      [accept(1, { offerId: offerOf(2).id }), 'OFFER_NOT_AVAILABLE'],
      [accept(1, { bid: 29n }), 'INVALID_INPUT'],
      [accept(1, { accountId: 'acct_2' }), 'JOB_NOT_FOUND'],
      [accept(9), 'JOB_NOT_FOUND'],
      [accept(2), 'JOB_NOT_WAITING'],
      [accept(3), 'JOB_ALREADY_ENDED'],
      [accept(1, { offerId: offerOf(3).id, bid: GRANT * 2n }), 'INSUFFICIENT_BALANCE'],
      [{ type: 'withdrawOffer', offerId: 'offer_none', at: at(1) }, 'OFFER_NOT_FOUND'],
    ];
    for (const [command, code] of refusals) await expect(books.commit(command)).rejects.toMatchObject({ code });
    expect(await books.read.findOffer(offerOf(1).id)).toEqual(offerOf(1));
    expect(await books.read.findJob(jobOf(1).id)).toEqual(jobOf(1));
    expect(await books.read.findAcceptance(jobOf(1).id)).toBeUndefined();
    expect(await told(books)).toEqual(['active', 'withdrawn', 'active']);
  });
}

function ownerConformance(stage: Stage): void {
  it('finds the nodes of an account, and those of accounts that it owns', async () => {
    const { books } = stage;
    const nodeOf = (id: string, accountId: string): NodeRecord => {
      return { id, accountId, name: id, custodial: false, capabilities: [], languages: [], createdAt: NOON };
    };
    const owned = { id: 'acct_owned', kind: 'node', name: 'Owned', createdAt: NOON, ownerId: CLIENT } as const;
    const account = { account: owned, grant: 0n, mintId: 'mint_1' };
    await books.commit({ type: 'registerNode', node: nodeOf('node_a', CLIENT) });
    await books.commit({ type: 'registerNode', node: nodeOf('node_b', NODE_ACCOUNT) });
    await books.commit({ type: 'registerNode', node: nodeOf('node_c', 'acct_owned'), account });
    const list = async (limit: number) => (await books.read.listNodesOf(CLIENT, limit)).map(({ id }) => id);
    expect([await list(9), await list(1)]).toEqual([['node_a', 'node_c'], ['node_a']]);
  });
}
