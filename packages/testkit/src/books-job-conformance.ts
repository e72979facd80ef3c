import { expect, it } from 'vitest';
import {
  attemptOf,
  cancelJob,
  CLIENT,
  completeJob,
  DECISION,
  FEES,
  GRANT,
  jobOf,
  leaseJob,
  NODE,
  NODE_ACCOUNT,
  NOON,
  numbered,
  openAccount,
  openJob,
  receiptOf,
  recordJob,
  type Stage,
} from './books-fixtures.ts';

/** The life of a job, and what is refused in it. */
export function jobConformance(stage: Stage): void {
  lifeConformance(stage);
  endConformance(stage);
  refusalConformance(stage);
  totalsConformance(stage);
  textConformance(stage);
}

function lifeConformance(stage: Stage): void {
  it('holds, leases, charges and releases, and keeps the whole job', async () => {
    const { books } = stage;
    const job = jobOf(1, { idempotencyKey: 'once', requestHash: 'hash', demands: { only: [NODE] } });
    const { accounts } = await books.commit(openJob(job));
    expect(accounts).toMatchObject([{ id: CLIENT, available: GRANT - 100n, held: 100n }]);
    expect(await books.read.findJob(job.id)).toEqual(job);
    await books.commit(leaseJob(job, 1));
    const leased = { ...job, state: 'running', epoch: 1, nodeId: NODE, startedAt: NOON };
    expect(await books.read.findJob(job.id)).toEqual({ ...leased, attempts: [attemptOf(1)], decisions: [DECISION] });
    const command = completeJob(job, 1);
    expect(await books.commit(command)).toMatchObject({ receiptIndex: 0 });
    const ended = { ...job, ...command.end, receiptIndex: 0 };
    expect(await books.read.findJob(job.id)).toEqual(ended);
    expect(await books.read.findJobByIdempotencyKey(CLIENT, 'once')).toEqual(ended);
    expect(await books.read.findJobByIdempotencyKey(FEES, 'once')).toBeUndefined();
    expect(await books.read.findReceipt(job.id)).toEqual({ ...receiptOf(job), leafIndex: 0 });
    const entries = await books.read.listEntries(CLIENT, { visible: false }, { limit: 9 });
    expect(entries.map(({ kind }) => kind)).toEqual(['release', 'charge', 'hold', 'register_bonus']);
    const counted = { completed: 1, failed: 0, ratings: 0, ratingSum: 0, earned: 36n, busyMs: 250 };
    const scored = { nodeId: NODE, ...counted, rewardDay: 20_103, earnedThatDay: 36n };
    expect(await books.read.findScore(NODE)).toEqual(scored);
  });

  it('comes to the same when a job begins and ends in one commit, without the hold', async () => {
    const { books } = stage;
    const job = jobOf(1, { state: 'running', epoch: 1, nodeId: NODE, attempts: [attemptOf(1)] });
    const command = completeJob(job);
    await books.commit(recordJob(job, command));
    expect(await books.read.findJob(job.id)).toEqual({ ...job, ...command.end, receiptIndex: 0 });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT - 40n, held: 0n, spent: 40n });
    expect(await books.read.findAccount(NODE_ACCOUNT)).toMatchObject({ available: 36n, earned: 36n });
    expect(await books.read.findAccount(FEES)).toMatchObject({ available: 4n });
    const entries = await books.read.listEntries(CLIENT, { visible: false }, { limit: 9 });
    expect(entries.map(({ kind }) => kind)).toEqual(['charge', 'register_bonus']);
    expect(entries[0]).toMatchObject({ amount: 40n, jobId: job.id, debit: { accountId: CLIENT, part: 'available' } });
    expect(await books.read.countJobs('2025-01-15')).toBe(1);
  });

  it('releases everything of a job that ends for nothing', async () => {
    const { books } = stage;
    await books.commit(openJob(jobOf(1)));
    await books.commit(cancelJob(jobOf(1)));
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT, held: 0n, spent: 0n });
    expect(await books.read.findJob(jobOf(1).id)).toEqual({ ...jobOf(1), ...cancelJob(jobOf(1)).end });
    expect(await books.read.findReceipt(jobOf(1).id)).toBeUndefined();
  });
}

function endConformance(stage: Stage): void {
  it('ends a job once, and only under its newest lease', async () => {
    const { books } = stage;
    const job = jobOf(1);
    await expect(books.commit(completeJob(job))).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await books.commit(openJob(job));
    await books.commit(leaseJob(job, 2));
    await expect(books.commit(completeJob(job, 1))).rejects.toMatchObject({
      code: 'STALE_LEASE',
      details: { epoch: 2 },
    });
    await expect(books.commit(leaseJob(job, 2))).rejects.toMatchObject({ code: 'STALE_LEASE' });
    const ends = await Promise.allSettled([books.commit(completeJob(job, 2)), books.commit(completeJob(job, 2))]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const late = { code: 'JOB_ALREADY_ENDED', details: { jobId: job.id, state: 'completed' } };
    await expect(books.commit(leaseJob(job, 3))).rejects.toMatchObject(late);
    expect(await books.read.countLeaves()).toBe(1);
    expect(await books.read.findAccount(NODE_ACCOUNT)).toMatchObject({ available: 36n });
  });

  it('ends a job under a lease that could not be written', async () => {
    const { books } = stage;
    await books.commit(openJob(jobOf(1)));
    await books.commit(completeJob(jobOf(1), 1));
    expect(await books.read.findJob(jobOf(1).id)).toMatchObject({ state: 'completed', epoch: 1 });
    expect(await books.read.totals()).toMatchObject({ held: 0n, openJobs: 0 });
  });
}

function refusalConformance(stage: Stage): void {
  it('opens one job for one idempotency key of an account', async () => {
    const { books } = stage;
    const open = (number: number) => books.commit(openJob(jobOf(number, { idempotencyKey: 'once' })));
    const results = await Promise.allSettled([open(1), open(2)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(open(3)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ held: 100n });
  });

  it('opens a job id once', async () => {
    const { books } = stage;
    const results = await Promise.allSettled([books.commit(openJob(jobOf(1))), books.commit(openJob(jobOf(1)))]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(books.commit(openJob(jobOf(1)))).rejects.toThrow();
    expect(await books.read.totals()).toMatchObject({ held: 100n, openJobs: 1 });
  });
}

function totalsConformance(stage: Stage): void {
  it('adds up what many accounts hold, while their jobs come and end', async () => {
    const { books } = stage;
    const jobs = Array.from({ length: 30 }, (_, number) =>
      jobOf(number, { accountId: numbered('acct', number), hold: BigInt(100 + number) }),
    );
    await Promise.all(jobs.map(({ accountId }) => books.commit(openAccount(accountId, 'client', 1_000n))));
    await Promise.all(jobs.map((job) => books.commit(openJob(job))));
    const held = jobs.reduce((sum, { hold }) => sum + hold, 0n);
    expect(await books.read.totals()).toEqual({ sum: 0n, held, openHolds: held, openJobs: 30 });
    await Promise.all(jobs.slice(1).map((job) => books.commit(cancelJob(job))));
    expect(await books.read.totals()).toEqual({ sum: 0n, held: 100n, openHolds: 100n, openJobs: 1 });
  });
}

/** Text that is no UTF-8, cannot stand in SQL text, or looks as if it were encoded already. */
const HARD_TEXTS = ['a\0b', '\ud800', 'x\udfff', '\u0001"x"', '', '\ufeffbom', '😀', '\u00ff'];

function textConformance(stage: Stage): void {
  it.each(HARD_TEXTS)('gives %j back unchanged wherever clients write', async (text) => {
    const { books } = stage;
    const job = jobOf(1, { content: text, params: { [text]: text }, idempotencyKey: text, requestHash: text });
    const command = completeJob(job);
    const end = { ...command.end, result: text, error: text, attempts: [attemptOf(0, { error: text })] };
    await books.commitAll([openJob(job), { ...command, end }]);
    expect(await books.read.findJob(job.id)).toEqual({ ...job, ...end, receiptIndex: 0 });
    expect((await books.read.findJobByIdempotencyKey(CLIENT, text))?.id).toBe(job.id);
    const account = { id: 'acct_2', kind: 'client', name: text, email: text, createdAt: NOON } as const;
    await books.commit({ type: 'openAccount', account, grant: 0n, mintId: 'mint_1' });
    expect(await books.read.findAccount('acct_2')).toMatchObject({ name: text, email: text });
    const claim = { accountId: CLIENT, key: text, requestHash: text, answer: text };
    const grant = { type: 'grantCredits', accountId: CLIENT, amount: 1n, mintId: 'mint_1', memo: text } as const;
    await books.commit({ ...grant, claim, at: NOON });
    expect(await books.commit({ ...grant, claim, at: NOON })).toMatchObject({ replayed: text });
    expect(await books.read.findClaim(CLIENT, text)).toEqual({ requestHash: text, answer: text });
    expect(await books.read.listEntries(CLIENT, { visible: true }, { limit: 1 })).toMatchObject([{ memo: text }]);
  });

  it('keeps keys apart that differ only in what UTF-8 cannot say', async () => {
    const { books } = stage;
    await books.commit(openJob(jobOf(1, { idempotencyKey: '\ud800' })));
    await books.commit(openJob(jobOf(2, { idempotencyKey: '\ud801' })));
    expect((await books.read.findJobByIdempotencyKey(CLIENT, '\ud801'))?.id).toBe(jobOf(2).id);
  });
}
