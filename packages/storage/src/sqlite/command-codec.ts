import type { Attempt, Command, Decision, EndJob, Job, JobEnd, OpenJob, StoredReceipt } from '@plexus/core';
import type { Group } from '../group-commit.ts';

/**
 * Groups as they cross to the writer's thread. The two commands of every task go as JSON text, which costs the
 * writer a fifth of what the same objects cost it as a structured clone; all others, which are rare, are cloned.
 */
export interface WireGroups {
  /** JSON of an array with, for each group, its commands, or null where it is among `cloned`. */
  readonly text: string;
  readonly cloned: ReadonlyMap<number, Group>;
}

export function encodeGroups(groups: readonly Group[]): WireGroups {
  const cloned = new Map<number, Group>();
  const plain = groups.map((group, index) => {
    if (group.every(isTaskCommand)) return group.map(encodeCommand);
    cloned.set(index, group);
    return null;
  });
  return { text: JSON.stringify(plain), cloned };
}

export function decodeGroups({ text, cloned }: WireGroups): readonly Group[] {
  // Written by `encodeGroups` in the same process.
  const plain = JSON.parse(text) as (PlainCommand[] | null)[];
  return plain.map((group, index) => group?.map(decodeCommand) ?? cloned.get(index) ?? []);
}

type TaskCommand = OpenJob | EndJob;

function isTaskCommand({ type }: Command): boolean {
  return type === 'openJob' || type === 'endJob';
}

/** A value as JSON gives it back: amounts and dates as text. */
type Plain<T> = T extends bigint | Date
  ? string
  : T extends Uint8Array
    ? string
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;
type PlainCommand = Plain<OpenJob> | Plain<EndJob>;

/** Dates become text by themselves; amounts and bytes have to be told. */
function encodeCommand(command: Command): object {
  const task = command as TaskCommand;
  if (task.type === 'openJob') {
    const { job } = task;
    const amounts = { hold: `${job.hold}`, unitPrice: `${job.unitPrice}`, cost: `${job.cost}` };
    return { type: 'openJob', job: Object.assign({}, job, amounts) };
  }
  const { end, payment, receipt } = task;
  return {
    ...task,
    end: { ...end, cost: `${end.cost}` },
    payment: payment && { ...payment, fee: `${payment.fee}` },
    receipt: receipt && { ...receipt, leafHash: Buffer.from(receipt.leafHash).toString('base64') },
  };
}

function decodeCommand(command: PlainCommand): TaskCommand {
  if (command.type === 'openJob') return { type: 'openJob', job: decodeJob(command.job) };
  const { type, jobId, accountId, keyId, payment, receipt } = command;
  return {
    type,
    jobId,
    accountId,
    end: decodeEnd(command.end),
    ...(keyId !== undefined && { keyId }),
    ...(payment && { payment: { ...payment, fee: BigInt(payment.fee) } }),
    ...(receipt && { receipt: decodeReceipt(receipt) }),
  };
}

function decodeJob(job: Plain<Job>): Job {
  const { startedAt, endedAt, ...rest } = job;
  return {
    ...rest,
    hold: BigInt(job.hold),
    unitPrice: BigInt(job.unitPrice),
    cost: BigInt(job.cost),
    attempts: job.attempts.map(decodeAttempt),
    decisions: job.decisions.map(decodeDecision),
    createdAt: new Date(job.createdAt),
    deadlineAt: new Date(job.deadlineAt),
    ...(startedAt !== undefined && { startedAt: new Date(startedAt) }),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt) }),
  };
}

function decodeEnd(end: Plain<JobEnd>): JobEnd {
  const { startedAt, ...rest } = end;
  return {
    ...rest,
    cost: BigInt(end.cost),
    attempts: end.attempts.map(decodeAttempt),
    decisions: end.decisions.map(decodeDecision),
    endedAt: new Date(end.endedAt),
    ...(startedAt !== undefined && { startedAt: new Date(startedAt) }),
  };
}

function decodeAttempt({ startedAt, endedAt, ...attempt }: Plain<Attempt>): Attempt {
  return {
    ...attempt,
    startedAt: new Date(startedAt),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt) }),
  };
}

function decodeDecision(decision: Plain<Decision>): Decision {
  return { ...decision, at: new Date(decision.at) };
}

function decodeReceipt(receipt: Plain<StoredReceipt>): StoredReceipt {
  const leafHash = new Uint8Array(Buffer.from(receipt.leafHash, 'base64'));
  return { ...receipt, leafHash, createdAt: new Date(receipt.createdAt) };
}
