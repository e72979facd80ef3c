import { type Account, type Books, type Command, isRefusal, type Job } from '@plexus/core';
import { expect, it } from 'vitest';
import {
  cancelJob,
  completeJob,
  FEES,
  jobOf,
  leaseJob,
  MINT,
  NODE,
  NODE_ACCOUNT,
  NOON,
  numbered,
  openAccount,
  openJob,
  recordJob,
} from './books-fixtures.ts';
import type { Desk } from './two-writers-conformance.ts';

const ACCOUNTS = 4;
const WORKERS = 12;
const STEPS = 30;
const OPENING = 2_000n;
/** What the fixtures' jobs hold, cost, and leave to the operator. */
const [HOLD, COST, FEE] = [100n, 40n, 4n];

/** What every account must have come to, by what was acknowledged. */
interface Tally {
  available: bigint;
  held: bigint;
  spent: bigint;
}

/** A load of everything that moves credits, by many at once through both writers, and what came of it. */
class MixedLoad {
  readonly tallies = new Map<string, Tally>();
  readonly indexes: number[] = [];
  readonly unexpected: unknown[] = [];
  opened = 0;
  private readonly open: Job[] = [];
  private readonly writers: readonly Books[];
  private readonly random: () => number;
  private count = 0;

  constructor({ first, second }: Desk, seed: number) {
    this.writers = [first, second];
    this.random = mulberry32(seed);
  }

  async run(): Promise<void> {
    for (let number = 0; number < ACCOUNTS; number++) {
      const id = numbered('acct', number);
      await this.anyWriter().commit(openAccount(id, 'client', OPENING));
      this.tallies.set(id, { available: OPENING, held: 0n, spent: 0n });
    }
    await Promise.all(Array.from({ length: WORKERS }, () => this.work()));
  }

  private async work(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      const steps = [
        () => this.grant(),
        () => this.openOne(),
        () => this.openOne(),
        () => this.record(),
        () => this.runGroup(),
        () => this.breakGroup(),
        () => this.lease(),
        () => this.end(),
        () => this.end(),
      ];
      await this.pick(steps)();
    }
  }

  private async grant(): Promise<void> {
    const accountId = this.anyAccount();
    const grant = { type: 'grantCredits', accountId, amount: 50n, mintId: MINT, at: NOON } as const;
    if (await this.commit([grant])) this.add(accountId, { available: 50n });
  }

  private async openOne(): Promise<void> {
    const job = this.newJob();
    if (!(await this.commit([openJob(job)]))) return;
    this.add(job.accountId, { available: -HOLD, held: HOLD });
    this.opened += 1;
    this.open.push(job);
  }

  private async record(): Promise<void> {
    const job = this.newJob();
    if (await this.commit([recordJob(job, completeJob(job))])) this.charge(job, 0n);
  }

  private async runGroup(): Promise<void> {
    const job = this.newJob();
    if (await this.commit([openJob(job), completeJob(job)])) this.charge(job, 0n);
  }

  /** Its last command asks for more than anybody has: nothing of it may stay. */
  private async breakGroup(): Promise<void> {
    const job = this.newJob();
    const tooMuch = openJob({ ...this.newJob(), accountId: job.accountId, hold: 10n ** 12n });
    expect(await this.commit([openJob(job), completeJob(job), tooMuch])).toBe(false);
  }

  private async lease(): Promise<void> {
    const [at, job] = this.anyOpen();
    if (!job) return;
    if (await this.commit([leaseJob(job, job.epoch + 1)])) this.open[at] = { ...job, epoch: job.epoch + 1 };
  }

  /** Two end the same job at once: one of them must be told that it has ended. */
  private async end(): Promise<void> {
    const [at, job] = this.anyOpen();
    if (!job) return;
    this.open.splice(at, 1);
    const command = this.random() < 0.7 ? completeJob(job) : cancelJob(job);
    const ends = await Promise.all([this.commit([command]), this.commit([command])]);
    // A lease that another worker has just given may have made it stale for both.
    if (!ends.includes(true)) return void this.open.push(job);
    expect(ends.filter(Boolean)).toHaveLength(1);
    if (command.end.cost === 0n) this.add(job.accountId, { available: HOLD, held: -HOLD });
    else this.charge(job, HOLD);
  }

  private async commit(commands: readonly Command[]): Promise<boolean> {
    try {
      const { receiptIndex } = await this.anyWriter().commitAll(commands);
      if (receiptIndex !== undefined) this.indexes.push(receiptIndex);
      return true;
    } catch (error) {
      const refusals = ['INSUFFICIENT_BALANCE', 'JOB_ALREADY_ENDED', 'STALE_LEASE'] as const;
      if (!refusals.some((code) => isRefusal(error, code))) this.unexpected.push(error);
      return false;
    }
  }

  private charge({ accountId }: Job, held: bigint): void {
    this.add(accountId, { available: held - COST, held: -held, spent: COST });
    if (held === 0n) this.opened += 1;
  }

  private add(accountId: string, { available = 0n, held = 0n, spent = 0n }: Partial<Tally>): void {
    const tally = this.tallies.get(accountId);
    if (!tally) throw new Error(`Nobody has opened ${accountId}`);
    tally.available += available;
    tally.held += held;
    tally.spent += spent;
  }

  private newJob(): Job {
    return jobOf((this.count += 1), { accountId: this.anyAccount() });
  }

  private anyAccount(): string {
    return numbered('acct', Math.floor(this.random() * ACCOUNTS));
  }

  private anyOpen(): [number, Job | undefined] {
    const at = Math.floor(this.random() * this.open.length);
    return [at, this.open[at]];
  }

  private anyWriter(): Books {
    return this.pick(this.writers);
  }

  private pick<T>(things: readonly T[]): T {
    const thing = things[Math.floor(this.random() * things.length)];
    if (thing === undefined) throw new RangeError('Nothing to pick from');
    return thing;
  }
}

export function mixedLoadConformance(desk: Desk): void {
  it.each([1, 2, 3])('come to what was acknowledged, whatever falls between what (seed %i)', async (seed) => {
    const load = new MixedLoad(desk, seed);
    await load.run();
    expect(load.unexpected).toEqual([]);
    const { read } = desk.second;
    for (const [id, tally] of load.tallies) {
      const account = await read.findAccount(id);
      expect(account, id).toMatchObject(tally);
      expect(await balanceByJournal(desk.first, id), id).toBe(sumOf(account));
    }
    const receipts = load.indexes.length;
    expect(receipts).toBeGreaterThan(0);
    expect(load.indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: receipts }, (_, at) => at));
    expect(await read.countLeaves()).toBe(receipts);
    const paid = BigInt(receipts);
    expect(await read.findAccount(NODE_ACCOUNT)).toMatchObject({ available: paid * (COST - FEE) });
    expect(await read.findAccount(FEES)).toMatchObject({ available: paid * FEE });
    expect(await read.findScore(NODE)).toMatchObject({ completed: receipts });
    expect(await read.countJobs('2025-01-15')).toBe(load.opened);
  });
}

function sumOf(account: Account | undefined): bigint {
  return account === undefined ? 0n : account.available + account.held;
}

/** What the journal says an account has, in all its parts. */
async function balanceByJournal({ read }: Books, accountId: string): Promise<bigint> {
  const entries = await read.listEntries(accountId, { visible: false }, { limit: 10_000 });
  let balance = 0n;
  for (const { debit, credit, amount } of entries) {
    if (debit.accountId === accountId) balance -= amount;
    if (credit.accountId === accountId) balance += amount;
  }
  return balance;
}

/** Numbers that look like chance and are the same for the same seed. Source: Tommy Ettinger, mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
