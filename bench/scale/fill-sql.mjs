/** SQL that makes many jobs out of one that has really run, with what they cost. */

/** Milliseconds since 1970 of the first one: long before any that has really run. */
const FIRST_AT = Date.UTC(2025, 0, 1);

/** Version 7 ids in the order of their numbers, whose random part is mixed out of the number. Source: RFC 9562. */
const ID = `printf('%08x-%04x-7%03x-8%03x-%012x', (${FIRST_AT} + i) >> 16, (${FIRST_AT} + i) & 65535,
  i & 4095, (i * 40503) & 4095, (i * 2654435761) & 281474976710655)`;
/** The id of a copy, as SQL makes it. @param {number} number */
export function jobIdOf(number) {
  const at = BigInt(FIRST_AT + number);
  const i = BigInt(number);
  const hex = (/** @type {bigint} */ value, /** @type {number} */ digits) => value.toString(16).padStart(digits, '0');
  const mixed = `8${hex((i * 40503n) & 4095n, 3)}-${hex((i * 2654435761n) & 0xffff_ffff_ffffn, 12)}`;
  return `${hex(at >> 16n, 8)}-${hex(at & 65535n, 4)}-7${hex(i & 4095n, 3)}-${mixed}`;
}

/** Of a hundred of the caller's 94 completed, 2 failed, 3 cancelled, 1 timed out. @param {readonly [string, string, string, string]} values */
function byFate([completed, failed, cancelled, timedOut]) {
  const fate = '(i / 2) % 100';
  return `CASE WHEN i % 10 = 1 THEN ${cancelled} WHEN ${fate} < 94 THEN ${completed} WHEN ${fate} < 96 THEN ${failed} WHEN ${fate} < 99 THEN ${cancelled} ELSE ${timedOut} END`;
}

/**
 * @typedef {object} Models
 * @property {string} caller the account whose job is the model, and of every second copy
 * @property {string} unlucky the account of every tenth, all cancelled
 * @property {number} accounts how many others share the rest
 * @property {string} job the id of the job that has run
 */

/**
 * Statements that add the rows of the numbers from the first value to before the second.
 *
 * @param {Models} models
 * @param {(table: string) => readonly string[]} columnsOf
 */
export function fillStatements({ caller, unlucky, accounts, job }, columnsOf) {
  const owner = `CASE WHEN i % 2 = 0 THEN ${quoted(caller)} WHEN i % 10 = 1 THEN ${quoted(unlucky)}
    ELSE 'account-' || (i % ${accounts}) END`;
  const payer = (/** @type {'debit' | 'credit'} */ side) =>
    `CASE WHEN ${side}_account = ${quoted(caller)} THEN ${owner} ELSE ${side}_account END`;
  const transfer = {
    debit_account: payer('debit'),
    credit_account: payer('credit'),
    job_id: ID,
    at: `${FIRST_AT} + i`,
  };
  const transferColumns = columnsOf('transfer').filter((name) => name !== 'sequence');
  return {
    accounts: copy('account', columnsOf('account'), ACCOUNT, `model.id = ${quoted(caller)}`),
    jobs: copy('job', columnsOf('job'), { ...JOB, account_id: owner }, `model.id = ${quoted(job)}`),
    transfers: copy('transfer', transferColumns, transfer, `model.job_id = ${quoted(job)}`),
    counts: COUNTS,
  };
}

/** Counts all jobs anew, as commits would have. */
const COUNTS = `DELETE FROM job_count;
  INSERT INTO job_count (account_id, service, state, jobs)
    SELECT account_id, service, state, COUNT(*) FROM job GROUP BY account_id, service, state`;

/** What differs from the model; all other columns are its own. */
const JOB = {
  id: ID,
  state: byFate(["'completed'", "'failed'", "'cancelled'", "'timed_out'"]),
  reason: byFate(["'done'", "'failed_everywhere'", "'cancelled_by_client'", "'deadline_exceeded'"]),
  idempotency_key: 'NULL',
  created_at: `${FIRST_AT} + i`,
  started_at: `${FIRST_AT} + i`,
  ended_at: `${FIRST_AT} + i + 1`,
  deadline_at: `${FIRST_AT} + i + 60000`,
  receipt_index: 'NULL',
};

const ACCOUNT = { id: "'account-' || i", name: "'Account ' || i", email: 'NULL', owner_id: 'NULL', available: '0' };

const NUMBERS = 'WITH RECURSIVE numbers(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ?2)';

/**
 * @param {string} table
 * @param {readonly string[]} columns
 * @param {Readonly<Record<string, string>>} changes
 * @param {string} condition which rows are the models
 */
function copy(table, columns, changes, condition) {
  const values = columns.map((name) => changes[name] ?? `model.${name}`);
  return `${NUMBERS} INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM numbers, ${table} AS model WHERE ${condition}`;
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
