/** The books of a running coordinator as another connection to its database sees them. */
import { join } from 'node:path';
import { openForReading } from '../../packages/storage/src/sqlite/open.ts';

/**
 * What a refused request must leave as it is: every balance, hold and key, and how many rows of all else there are. A
 * job whose input its node refused is a refusal too, which leaves that job.
 */
const KEPT = {
  accounts: 'SELECT id, kind, available, held, staked, cooling, earned, spent FROM account ORDER BY id',
  keys: 'SELECT * FROM api_key ORDER BY id',
  jobs: "SELECT COUNT(*) AS jobs FROM job WHERE reason IS NULL OR reason <> 'refused_input'",
  openJobs: "SELECT id, state, epoch FROM job WHERE state IN ('queued', 'running') ORDER BY id",
  transfers: "SELECT COUNT(*) AS transfers FROM transfer WHERE kind NOT IN ('hold', 'release')",
  ratings: 'SELECT job_id, rating FROM rating ORDER BY job_id',
  claims: 'SELECT COUNT(*) AS claims FROM claim',
  receipts: 'SELECT COUNT(*) AS receipts FROM receipt',
  nodes: 'SELECT * FROM node ORDER BY id',
  offers: "SELECT id, jobs_left, state = 'withdrawn' AS is_withdrawn FROM offer ORDER BY id",
  acceptances: 'SELECT COUNT(*) AS acceptances FROM acceptance',
} as const;

type Snapshot = Readonly<Record<keyof typeof KEPT, string>>;

/** One journal entry. Amounts are micro-credits. */
export interface Transfer {
  readonly sequence: number;
  readonly kind: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: bigint;
  readonly jobId: string | undefined;
}

export class BooksView implements Disposable {
  private readonly database: ReturnType<typeof openForReading>;
  /** Goes on seeing the books as they were when they were marked, and is read only if something has to be compared. */
  private readonly earlier: ReturnType<typeof openForReading>;
  private readonly version;
  private readonly open;
  private readonly sums;
  private readonly journal;
  private marked: unknown;

  /** @param home of the coordinator */
  constructor(home: string) {
    const path = join(home, 'plexus.db');
    this.database = openForReading(path);
    this.earlier = openForReading(path);
    this.earlier.exec('BEGIN');
    this.version = this.database.prepare('PRAGMA data_version');
    this.open = this.database.prepare(KEPT.openJobs);
    this.sums = this.database.prepare(
      `SELECT (SELECT SUM(available + held + staked + cooling) FROM account) AS total,
        (SELECT SUM(held) FROM account) AS held,
        (SELECT COALESCE(SUM(hold), 0) FROM job WHERE state IN ('queued', 'running')) AS holds`,
    );
    this.journal = this.database.prepare('SELECT * FROM transfer WHERE sequence > ? ORDER BY sequence');
  }

  /** What comes from here on is a change. */
  mark(): void {
    const version = this.versionNow();
    if (version === this.marked) return;
    this.marked = version;
    this.earlier.exec('COMMIT; BEGIN');
    // A transaction sees what was there when it first read.
    this.earlier.prepare('SELECT id FROM account LIMIT 1').all();
  }

  /** Whether somebody has committed something since the mark. */
  isTouched(): boolean {
    return this.versionNow() !== this.marked;
  }

  private versionNow(): unknown {
    return this.version.get()?.['data_version'];
  }

  /** Rows that came and went since the mark, for people. */
  changes(): readonly string[] {
    return this.isTouched() ? differences(snapshotOf(this.earlier), snapshotOf(this.database)) : [];
  }

  /** Ids of jobs that wait or are under way. */
  openJobs(): readonly string[] {
    return this.open.all().map(({ id }) => String(id));
  }

  /** What is wrong with the sums: the ledger's is zero, and every hold is a job's. */
  imbalance(): string | undefined {
    const { total, held, holds } = this.sums.get() as Readonly<Record<string, unknown>>;
    if (total !== 0n) return `the ledger sums to ${String(total)} micro-credits`;
    return held === holds ? undefined : `${String(held)} micro-credits are held, ${String(holds)} for open jobs`;
  }

  transfersAfter(sequence: number): readonly Transfer[] {
    return this.journal.all([sequence]).map((row) => ({
      sequence: Number(row['sequence']),
      kind: String(row['kind']),
      debit: String(row['debit_account']),
      credit: String(row['credit_account']),
      amount: row['amount'] as bigint,
      jobId: row['job_id'] === null ? undefined : String(row['job_id']),
    }));
  }

  /** By node id, who earns for it. */
  accountsOfNodes(): ReadonlyMap<string, string> {
    const rows = this.database.prepare('SELECT id, account_id FROM node').all();
    return new Map(rows.map((row) => [String(row['id']), String(row['account_id'])]));
  }

  [Symbol.dispose](): void {
    this.earlier.close();
    this.database.close();
  }
}

function snapshotOf(database: ReturnType<typeof openForReading>): Snapshot {
  const entries = Object.entries(KEPT).map(
    ([name, sql]) => [name, JSON.stringify(database.prepare(sql).all(), textOf)] as const,
  );
  return Object.fromEntries(entries) as Snapshot;
}

/** Rows that one snapshot has and the other has not. */
function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const names = Object.keys(before) as (keyof Snapshot)[];
  return names.flatMap((name) => {
    if (before[name] === after[name]) return [];
    const [old, fresh] = [rowsOf(before[name]), rowsOf(after[name])];
    const gone = [...old].filter((row) => !fresh.has(row)).map((row) => `- ${row}`);
    const come = [...fresh].filter((row) => !old.has(row)).map((row) => `+ ${row}`);
    return [`${name}: ${[...gone, ...come].join(' ')}`];
  });
}

function rowsOf(text: string): ReadonlySet<string> {
  return new Set((JSON.parse(text) as readonly unknown[]).map((row) => JSON.stringify(row)));
}

function textOf(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}
