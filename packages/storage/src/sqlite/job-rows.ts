import type { Attempt, Decision, Job, JobHead, NewJob } from '@plexus/core';
import type { Row, SqlValue } from './adapter.ts';
import {
  type Columns,
  present,
  readBytes,
  readJson,
  readMoney,
  readNumber,
  readOptional,
  readText,
  readTime,
  readWord,
  toTime,
} from './columns.ts';
import { fromBlob, isRemoved, toBlob } from './text.ts';

/** A job's values in the order of JOB_COLUMNS. The clients' own texts become blobs only when they are written. */
export type JobRow = readonly SqlValue[];

export const JOB_COLUMNS: Columns<Job> = {
  id: (job) => job.id,
  account_id: (job) => job.accountId,
  key_id: (job) => job.keyId ?? null,
  name: (job) => job.name ?? null,
  service: (job) => job.service,
  state: (job) => job.state,
  reason: (job) => job.reason ?? null,
  hold: (job) => job.hold,
  unit_price: (job) => job.unitPrice,
  cost: (job) => job.cost,
  units: (job) => job.units ?? null,
  node_id: (job) => job.nodeId ?? null,
  epoch: (job) => job.epoch,
  idempotency_key: (job) => job.idempotencyKey ?? null,
  request_hash: (job) => job.requestHash ?? null,
  created_at: (job) => toTime(job.createdAt),
  started_at: (job) => toTime(job.startedAt),
  ended_at: (job) => toTime(job.endedAt),
  deadline_at: (job) => toTime(job.deadlineAt),
  processing_ms: (job) => job.processingMs ?? null,
  attempts: (job) => JSON.stringify(job.attempts),
  decisions: (job) => JSON.stringify(job.decisions),
  params: (job) => JSON.stringify(job.params),
  error: (job) => job.error ?? null,
  content: (job) => job.content,
  result: (job) => job.result ?? null,
  facts: (job) => optionalJson(job.facts),
  demands: (job) => optionalJson(job.demands),
  receipt_index: (job) => job.receiptIndex ?? null,
};

/** What a lease, an end or the price of an offer may change. A field that it does not name stays as it is. */
export const JOB_CHANGES: Columns<Partial<Job>> = {
  state: (change) => change.state ?? null,
  key_id: (change) => change.keyId ?? null,
  reason: (change) => change.reason ?? null,
  cost: (change) => change.cost ?? null,
  units: (change) => change.units ?? null,
  node_id: (change) => change.nodeId ?? null,
  epoch: (change) => change.epoch ?? null,
  started_at: (change) => toTime(change.startedAt),
  ended_at: (change) => toTime(change.endedAt),
  processing_ms: (change) => change.processingMs ?? null,
  receipt_index: (change) => change.receiptIndex ?? null,
  attempts: (change) => optionalJson(change.attempts),
  decisions: (change) => optionalJson(change.decisions),
  error: (change) => optionalBlob(change.error),
  result: (change) => optionalBlob(change.result),
  facts: (change) => optionalJson(change.facts),
  hold: (change) => change.hold ?? null,
  unit_price: (change) => change.unitPrice ?? null,
  demands: (change) => optionalJson(change.demands),
};

/** The columns of a job that a list shows: none of its long texts. */
export const LISTED_JOB_COLUMNS = Object.keys(JOB_COLUMNS)
  .filter((name) => !['decisions', 'content', 'result'].includes(name))
  .join(', ');

export const JOB_HEAD_COLUMNS = 'id, account_id, key_id, service, state, hold, epoch, node_id, created_at';

const AT = Object.fromEntries(Object.keys(JOB_COLUMNS).map((name, at) => [name, at]));
const BLOBS_AT = ['params', 'error', 'content', 'result'].map((name) => AT[name] ?? -1);
const RECEIPT_INDEX_AT = AT['receipt_index'] ?? -1;

/** The values that are bound for a new job. */
export function boundJob(row: JobRow, receiptIndex: number | undefined): SqlValue[] {
  const values = [...row];
  for (const at of BLOBS_AT) {
    const text = values[at];
    if (typeof text === 'string') values[at] = toBlob(text);
  }
  if (receiptIndex !== undefined) values[RECEIPT_INDEX_AT] = receiptIndex;
  return values;
}

/** What rules look at of a row that is not in the database yet. */
export function readNewJob(row: JobRow): NewJob {
  const value = (name: string): SqlValue => row[AT[name] ?? -1] ?? null;
  const text = (name: string) => value(name) as string;
  const optional = (name: string) => (value(name) ?? undefined) as string | undefined;
  const time = (name: string) => (value(name) === null ? undefined : new Date(value(name) as number));
  return {
    id: text('id'),
    accountId: text('account_id'),
    keyId: optional('key_id'),
    service: text('service'),
    state: text('state') as Job['state'],
    hold: value('hold') as bigint,
    cost: value('cost') as bigint,
    epoch: value('epoch') as number,
    nodeId: optional('node_id'),
    idempotencyKey: optional('idempotency_key'),
    createdAt: new Date(value('created_at') as number),
    startedAt: time('started_at'),
    endedAt: time('ended_at'),
  };
}

export function readJobHead(row: Row): JobHead {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    service: readText(row, 'service'),
    state: readWord(row, 'state'),
    hold: readMoney(row, 'hold'),
    epoch: readNumber(row, 'epoch'),
    createdAt: readTime(row, 'created_at'),
    ...present({
      keyId: readOptional(row, 'key_id', readText),
      nodeId: readOptional(row, 'node_id', readText),
    }),
  };
}

/** A job with the texts that its query left out empty. */
export function readListedJob(row: Row): Job {
  return {
    ...readJobHead(row),
    content: '',
    params: readParams(row),
    unitPrice: readMoney(row, 'unit_price'),
    cost: readMoney(row, 'cost'),
    attempts: readAttempts(row),
    decisions: [],
    deadlineAt: readTime(row, 'deadline_at'),
    ...present({
      name: readOptional(row, 'name', readText),
      reason: readOptional<NonNullable<Job['reason']>>(row, 'reason', readWord),
      units: readOptional(row, 'units', readNumber),
      error: readOptional(row, 'error', readLongText),
      idempotencyKey: readOptional(row, 'idempotency_key', readText),
      requestHash: readOptional(row, 'request_hash', readText),
      startedAt: readOptional(row, 'started_at', readTime),
      endedAt: readOptional(row, 'ended_at', readTime),
      processingMs: readOptional(row, 'processing_ms', readNumber),
      receiptIndex: readOptional(row, 'receipt_index', readNumber),
      facts: readOptional(row, 'facts', readJson<NonNullable<Job['facts']>>),
      demands: readOptional(row, 'demands', readJson<NonNullable<Job['demands']>>),
    }),
  };
}

export function readJob(row: Row): Job {
  return {
    ...readListedJob(row),
    ...readContent(row),
    decisions: readDecisions(row),
    ...present({ result: readOptional(row, 'result', readLongText) }),
  };
}

function readContent(row: Row): Pick<Job, 'content' | 'textsRemoved'> {
  const bytes = readBytes(row, 'content');
  return isRemoved(bytes) ? { content: '', textsRemoved: true } : { content: fromBlob(bytes) };
}

/** JSON has no dates: they are ISO text in it. */
type Written<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] };

function readAttempts(row: Row): readonly Attempt[] {
  const attempts = readJson<(Written<Omit<Attempt, 'endedAt'>> & { endedAt?: string })[]>(row, 'attempts');
  return attempts.map(({ startedAt, endedAt, ...attempt }) => ({
    ...attempt,
    startedAt: new Date(startedAt),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt) }),
  }));
}

function readDecisions(row: Row): readonly Decision[] {
  return readJson<Written<Decision>[]>(row, 'decisions').map((decision) => ({
    ...decision,
    at: new Date(decision.at),
  }));
}

function readParams(row: Row): Job['params'] {
  return JSON.parse(readLongText(row, 'params')) as Job['params'];
}

function readLongText(row: Row, column: string): string {
  return fromBlob(readBytes(row, column));
}

function optionalBlob(text: string | undefined): SqlValue {
  return text === undefined ? null : toBlob(text);
}

function optionalJson(value: unknown): SqlValue {
  return value === undefined ? null : JSON.stringify(value);
}
