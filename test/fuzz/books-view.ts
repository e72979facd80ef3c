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

export type Snapshot = Readonly<Record<keyof typeof KEPT, string>>;

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
  private readonly version;
  private readonly queries;
  private readonly sums;
  private readonly journal;
  private seen: { readonly version: unknown; readonly snapshot: Snapshot } | undefined;

  /** @param home of the coordinator */
  constructor(home: string) {
    this.database = openForReading(join(home, 'plexus.db'));
    this.version = this.database.prepare('PRAGMA data_version');
    this.queries = Object.entries(KEPT).map(([name, sql]) => [name, this.database.prepare(sql)] as const);
    this.sums = this.database.prepare(
      `SELECT (SELECT SUM(available + held + staked + cooling) FROM account) AS total,
        (SELECT SUM(held) FROM account) AS held,
        (SELECT COALESCE(SUM(hold), 0) FROM job WHERE state IN ('queued', 'running')) AS holds`,
    );
    this.journal = this.database.prepare('SELECT * FROM transfer WHERE sequence > ? ORDER BY sequence');
  }

  /** Read again only when somebody has committed something since. */
  snapshot(): Snapshot {
    const version = this.version.get()?.['data_version'];
    if (this.seen && this.seen.version === version) return this.seen.snapshot;
    const entries = this.queries.map(([name, query]) => [name, JSON.stringify(query.all(), textOf)] as const);
    const snapshot = Object.fromEntries(entries) as Snapshot;
    this.seen = { version, snapshot };
    return snapshot;
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
    this.database.close();
  }
}

/** Rows that one snapshot has and the other has not, for people. */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
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
