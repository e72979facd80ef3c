import { type Books, isRefusal } from '@plexus/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { feedConformance } from './books-feed-conformance.ts';
import {
  cancelJob,
  CLIENT,
  completeJob,
  FEES,
  furnish,
  GRANT,
  jobOf,
  keyOf,
  MINT,
  NOON,
  openAccount,
  openJob,
  type Stage,
} from './books-fixtures.ts';
import { fleetConformance } from './books-fleet-conformance.ts';
import { jobConformance } from './books-job-conformance.ts';
import { countConformance, countsOf } from './books-count-conformance.ts';
import { listConformance } from './books-list-conformance.ts';
import { proofConformance } from './books-proof-conformance.ts';
import { walletConformance } from './books-wallet-conformance.ts';
import { offerConformance } from './books-offer-conformance.ts';
import { planConformance } from './books-plan-conformance.ts';
import { webhookConformance } from './books-webhook-conformance.ts';

/** Books under test, and how to close and open them again where they outlive that. */
export interface OpenedBooks {
  readonly books: Books;
  reopen?(): Promise<Books>;
  dispose(): Promise<void>;
}

/**
 * What every implementation of the books must do. After every test all credits together are zero, and what is counted
 * along the way is what can be counted then.
 */
export function booksConformance(name: string, open: () => Promise<OpenedBooks>): void {
  describe(`books: ${name}`, () => {
    let opened: OpenedBooks;
    let books: Books;
    const stage: Stage = {
      get books() {
        return books;
      },
      get reopen() {
        return opened.reopen && (async () => void (books = (await opened.reopen?.()) ?? books));
      },
    };
    beforeEach(async () => {
      opened = await open();
      ({ books } = opened);
      await furnish(books);
    });
    afterEach(async () => {
      const { sum, held, openHolds } = await books.read.totals();
      const counted = await countsOf(books);
      await opened.dispose();
      expect(sum).toBe(0n);
      expect(held).toBe(openHolds);
      expect(counted.kept).toEqual(counted.now);
    });
    accountConformance(stage);
    creditConformance(stage);
    keyLimitConformance(stage);
    batchConformance(stage);
    jobConformance(stage);
    listConformance(stage);
    countConformance(stage);
    feedConformance(stage);
    proofConformance(stage);
    walletConformance(stage);
    webhookConformance(stage);
    offerConformance(stage);
    fleetConformance(stage);
    planConformance(stage);
    durabilityConformance(stage);
  });
}

function accountConformance(stage: Stage): void {
  it('opens an account with its key and grant once', async () => {
    const { books } = stage;
    const key = keyOf('key_1', { accountId: 'acct_2', spendLimit: 5n, maxRunning: 3, expiresAt: NOON });
    const account = {
      id: 'acct_2',
      kind: 'client',
      name: 'Two',
      email: 'a@b',
      ownerId: CLIENT,
      createdAt: NOON,
    } as const;
    const command = { type: 'openAccount', account, key, grant: 7n, mintId: MINT } as const;
    const { accounts, keys } = await books.commit(command);
    const expected = { ...account, available: 7n, held: 0n, staked: 0n, cooling: 0n, earned: 0n, spent: 0n };
    expect(accounts).toContainEqual(expected);
    expect(keys).toEqual([key]);
    await books.commit({ ...command, account: { ...account, name: 'Other' } });
    expect(await books.read.findAccount('acct_2')).toEqual(expected);
    expect(await books.read.findKey('key_1')).toEqual(key);
    expect(await books.read.findKeyByHash(key.hash)).toEqual(key);
    expect(await books.read.findKeyByHash('none')).toBeUndefined();
    expect(await books.read.findAccount('acct_none')).toBeUndefined();
  });

  it('revokes a key at its first instant', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf('key_1') });
    await books.commit({ type: 'revokeKey', keyId: 'key_1', at: NOON });
    await books.commit({ type: 'revokeKey', keyId: 'key_1', at: new Date(0) });
    expect(await books.read.findKey('key_1')).toEqual(keyOf('key_1', { revokedAt: NOON }));
    await expect(books.commit({ type: 'revokeKey', keyId: 'key_2', at: NOON })).rejects.toMatchObject({
      name: 'DomainError',
      code: 'KEY_NOT_FOUND',
      details: { keyId: 'key_2' },
    });
  });

  it('never keeps two keys with one hash', async () => {
    const { books } = stage;
    const create = (id: string) => books.commit({ type: 'createKey', key: keyOf(id, { hash: 'same' }) });
    const both = await Promise.allSettled([create('key_1'), create('key_2')]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await books.read.findKey('key_2')).toBeUndefined();
  });
}

function creditConformance(stage: Stage): void {
  const grant = { type: 'grantCredits', accountId: CLIENT, amount: 5n, mintId: MINT, memo: 'gift', at: NOON } as const;
  const claim = { accountId: CLIENT, key: 'once', requestHash: 'hash', answer: '{"ok":true}' };

  it('grants once for one claim', async () => {
    const { books } = stage;
    const outcomes = await Promise.all([books.commit({ ...grant, claim }), books.commit({ ...grant, claim })]);
    expect(outcomes.map(({ replayed }) => replayed)).toEqual([undefined, claim.answer]);
    expect(await books.commit({ ...grant, claim })).toMatchObject({ replayed: claim.answer });
    const other = books.commit({ ...grant, claim: { ...claim, requestHash: 'other' } });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT + 5n });
    expect(await books.read.findClaim(CLIENT, 'once')).toEqual({ requestHash: 'hash', answer: claim.answer });
    expect(await books.read.findClaim(MINT, 'once')).toBeUndefined();
  });

  it('keeps amounts beyond 2^53 exact', async () => {
    const { books } = stage;
    const amount = 2n ** 62n + 1n;
    await books.commit({ ...grant, amount });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT + amount });
    expect(await books.read.findAccount(MINT)).toMatchObject({ available: -GRANT - amount });
    const [entry] = await books.read.listEntries(CLIENT, { visible: true }, { limit: 1 });
    expect(entry).toMatchObject({ kind: 'grant', amount, memo: 'gift', at: NOON });
  });

  it('releases all that a custody account keeps', async () => {
    const { books } = stage;
    await books.commit(openAccount('custody_1', 'custody', 9n));
    const command = { type: 'releaseCustodial', custodyId: 'custody_1', accountId: CLIENT, at: NOON } as const;
    expect(await books.commit(command)).toMatchObject({ amount: 9n });
    expect(await books.commit(command)).toMatchObject({ amount: 0n });
    expect(await books.read.findAccount('custody_1')).toMatchObject({ available: 0n });
  });
}

function keyLimitConformance(stage: Stage): void {
  it("counts a grant on the limit of an operator's key", async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf('key_1', { spendLimit: 9n }) });
    const grant = {
      type: 'grantCredits',
      accountId: CLIENT,
      keyId: 'key_1',
      amount: 5n,
      mintId: MINT,
      at: NOON,
    } as const;
    await books.commit(grant);
    await expect(books.commit(grant)).rejects.toMatchObject({ code: 'SPEND_LIMIT_EXCEEDED' });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT + 5n });
    expect(await books.read.findKey('key_1')).toMatchObject({ spent: 5n });
  });

  it('counts what a limited key spends, and gives back what it did not', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf('key_1', { spendLimit: 250n }) });
    const jobs = [1, 2, 3].map((number) => jobOf(number, { keyId: 'key_1' }));
    const results = await Promise.allSettled(jobs.map((job) => books.commit(openJob(job))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await books.read.findKey('key_1')).toMatchObject({ spent: 200n });
    const { keys } = await books.commit(completeJob(jobs[0] ?? jobOf(1)));
    expect(keys).toMatchObject([{ spent: 140n }]);
    await expect(books.commit(openJob(jobOf(4, { keyId: 'key_1', hold: 111n })))).rejects.toMatchObject({
      code: 'SPEND_LIMIT_EXCEEDED',
      details: { required: '0.000111', remaining: '0.00011' },
    });
  });
}

function batchConformance(stage: Stage): void {
  it('never overspends, however many commands arrive at once', async () => {
    const { books } = stage;
    await books.commit(openAccount('acct_2', 'client', 1_234n));
    const jobs = Array.from({ length: 50 }, (_, number) => jobOf(number, { accountId: 'acct_2' }));
    const results = await Promise.allSettled(jobs.map((job) => books.commit(openJob(job))));
    const refused = results.filter((one) => one.status === 'rejected' && isRefusal(one.reason, 'INSUFFICIENT_BALANCE'));
    expect(refused).toHaveLength(50 - 12);
    expect(await books.read.findAccount('acct_2')).toMatchObject({ available: 34n, held: 1_200n });
    expect(await books.read.totals()).toMatchObject({ openJobs: 12, openHolds: 1_200n });
  });

  it('keeps all commands of a group or none', async () => {
    const { books } = stage;
    const grant = { type: 'grantCredits', accountId: CLIENT, amount: 5n, mintId: MINT, at: NOON } as const;
    const group = [grant, openJob(jobOf(1)), completeJob(jobOf(1)), openJob(jobOf(2, { hold: GRANT * 2n }))];
    await expect(books.commitAll(group)).rejects.toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT, held: 0n, spent: 0n });
    expect(await books.read.findJob(jobOf(1).id)).toBeUndefined();
    expect(await books.read.countLeaves()).toBe(0);
    expect(await books.read.countJobs('2025-01-15')).toBe(0);
    expect(await books.read.listEntries(CLIENT, { visible: false }, { limit: 9 })).toHaveLength(1);
  });

  it('lets no command fail its neighbours', async () => {
    const { books } = stage;
    await books.commit(openJob(jobOf(1)));
    const results = await Promise.allSettled([
      books.commitAll([openJob(jobOf(2)), completeJob(jobOf(2))]),
      books.commit(openJob(jobOf(3, { hold: GRANT * 2n }))),
      books.commit(openJob(jobOf(1))),
      books.commit(completeJob(jobOf(1), 0, 101n)),
      books.commitAll([openJob(jobOf(4)), completeJob(jobOf(4))]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT - 180n, held: 100n, spent: 80n });
    expect(await books.read.findAccount(FEES)).toMatchObject({ available: 8n });
    expect(await books.read.countLeaves()).toBe(2);
  });
}

function durabilityConformance(stage: Stage): void {
  it('takes nothing more once it is closed, and keeps what was waiting', async () => {
    const { books, reopen } = stage;
    const waiting = books.commit(openJob(jobOf(1)));
    if (!reopen) return void (await waiting);
    const closed = books.close();
    await expect(books.commit(openJob(jobOf(2)))).rejects.toThrow('closed');
    await Promise.all([waiting, closed]);
    await reopen();
    expect(await stage.books.read.findJob(jobOf(1).id)).toEqual(jobOf(1));
    expect(await stage.books.read.findJob(jobOf(2).id)).toBeUndefined();
  });

  it('goes on where it was when it is opened again', async () => {
    const { books, reopen } = stage;
    await books.commitAll([openJob(jobOf(1)), completeJob(jobOf(1)), openJob(jobOf(2))]);
    const before = await books.read.findJob(jobOf(1).id);
    if (reopen) await books.close().then(reopen);
    expect(await stage.books.read.findJob(jobOf(1).id)).toEqual(before);
    const { receiptIndex } = await stage.books.commitAll([openJob(jobOf(3)), completeJob(jobOf(3))]);
    expect(receiptIndex).toBe(1);
    await stage.books.commit(cancelJob(jobOf(2)));
    expect(await stage.books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT - 80n, held: 0n, spent: 80n });
  });
}
