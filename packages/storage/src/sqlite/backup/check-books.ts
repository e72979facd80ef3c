import type { Database } from '../adapter.ts';
import { readNumber, readText } from '../columns.ts';
import { SCHEMA_VERSION, versionOf } from '../migrations.ts';

/** How much is in books. */
export interface BooksCounts {
  readonly schemaVersion: number;
  readonly accounts: number;
  readonly jobs: number;
  readonly openJobs: number;
  readonly receipts: number;
}

/** A rule that books must keep, and the query that answers how often they break it. */
interface Rule {
  readonly broken: string;
  /** The schema that has what the query asks for. */
  readonly since?: number;
  readonly sql: string;
}

const OPEN = "state IN ('queued', 'running')";
const PARTS = ['available', 'held', 'staked', 'cooling'] as const;

const RULES: readonly Rule[] = [
  {
    broken: 'the ledger does not sum to zero',
    sql: 'SELECT COALESCE(SUM(available + held + staked + cooling), 0) <> 0 AS wrong FROM account',
  },
  {
    broken: 'the sums that are kept are not those of the accounts',
    since: 3,
    sql: `SELECT COUNT(*) AS wrong FROM account_total,
      (SELECT SUM(available + held + staked + cooling) AS sum, SUM(held) AS held FROM account) AS really
      WHERE total <> COALESCE(really.sum, 0) OR account_total.held <> COALESCE(really.held, 0)`,
  },
  ...PARTS.map((part) => ({ broken: `balances (${part}) are not what their journal says`, sql: journalRule(part) })),
  {
    broken: 'accounts hold credits without a job, or jobs without their hold',
    sql: `SELECT COUNT(*) AS wrong FROM account LEFT JOIN
      (SELECT account_id, SUM(hold) AS holds FROM job WHERE ${OPEN} GROUP BY account_id) AS open ON open.account_id = id
      WHERE held <> COALESCE(holds, 0)`,
  },
  {
    broken: 'accounts have staked what is in no stake, or stakes what no account has staked',
    since: 7,
    sql: `SELECT COUNT(*) AS wrong FROM account LEFT JOIN stake ON account_id = id WHERE staked <> COALESCE(amount, 0)`,
  },
  {
    broken: 'what cools down in accounts is not what their cooldowns say',
    since: 7,
    sql: `SELECT COUNT(*) AS wrong FROM account LEFT JOIN
      (SELECT account_id, SUM(amount) AS amounts FROM cooldown WHERE matured_at IS NULL GROUP BY account_id) AS due
      ON account_id = id WHERE cooling <> COALESCE(amounts, 0)`,
  },
  {
    broken: 'receipts are missing in the log',
    sql: 'SELECT COALESCE(MAX(leaf_index) + 1, 0) - COUNT(*) AS wrong FROM receipt',
  },
  {
    broken: 'jobs name receipts that are not there',
    sql: `SELECT COUNT(*) AS wrong FROM job LEFT JOIN receipt ON leaf_index = receipt_index
      WHERE receipt_index IS NOT NULL AND leaf_index IS NULL`,
  },
];

/** Each account's part must be what all entries together brought it. */
function journalRule(part: (typeof PARTS)[number]): string {
  return `SELECT COUNT(*) AS wrong FROM account LEFT JOIN (
      SELECT account_id, SUM(amount) AS balance FROM (
        SELECT credit_account AS account_id, amount FROM transfer WHERE credit_part = '${part}'
        UNION ALL SELECT debit_account, -amount FROM transfer WHERE debit_part = '${part}'
      ) AS moved GROUP BY account_id
    ) AS journal ON journal.account_id = id
    WHERE ${part} <> COALESCE(balance, 0)`;
}

/** What SQLite itself finds wrong with the file; empty when it is whole. */
export function integrityProblems(database: Database): readonly string[] {
  const found = database.prepare('PRAGMA integrity_check').all();
  return found.map((row) => readText(row, 'integrity_check')).filter((text) => text !== 'ok');
}

/** Which rules the books break; empty when they are right. */
export function booksProblems(database: Database): readonly string[] {
  const version = versionOf(database);
  if (version === 0) return ['it holds no books of Plexus'];
  if (version > SCHEMA_VERSION) {
    return [`it has schema ${version}, this program knows ${SCHEMA_VERSION}: use a newer version of Plexus`];
  }
  return RULES.filter(({ since = 1 }) => since <= version)
    .filter(({ sql }) => {
      const row = database.prepare(sql).get();
      return row !== undefined && readNumber(row, 'wrong') !== 0;
    })
    .map(({ broken }) => broken);
}

export function countBooks(database: Database): BooksCounts {
  const count = (from: string): number => {
    const row = database.prepare(`SELECT COUNT(*) AS count FROM ${from}`).get();
    return row ? readNumber(row, 'count') : 0;
  };
  return {
    schemaVersion: versionOf(database),
    accounts: count('account'),
    jobs: count('job'),
    openJobs: count(`job WHERE ${OPEN}`),
    receipts: count('receipt'),
  };
}
