import type { ReceiptTerms, SignedWork, TaskAssign, TaskResult } from '@plexus/protocol';
import { payloadBytes, receiptPayload, signBatch, WHOLE_JOB } from '@plexus/protocol';
import { RunError, type RunResult } from '@plexus/runners';
import type { Logger } from 'pino';
import { nodeCrypto, sha256Hex } from './crypto.ts';
import type { FrameWriter } from './frames.ts';
import type { Identity } from './identity.ts';
import type { Finished } from './lease.ts';

/** A frame must fit the 16 MiB that either end takes, with what JSON and the envelope add. */
const MAX_FRAME_CHARACTERS = 15 * 1024 * 1024;
const MAX_MESSAGE_CHARACTERS = 2000;

export type Failure = NonNullable<TaskResult['error']>;

export interface Answer {
  readonly frame: string;
  /** `refused` where every other node would refuse the task likewise: that is its client's fault, and no node's. */
  readonly outcome: 'completed' | 'failed' | 'refused';
}

/** Answers in the making: the part that a signature completes is kept apart. */
interface Draft {
  readonly result: TaskResult;
  readonly unsigned?: {
    readonly work: Omit<SignedWork, 'signature'>;
    readonly payload: Uint8Array;
    readonly isAlone: boolean;
  };
}

export interface ResultWriter {
  /** Answers for everything that finished in one turn, under one signature where each need not have its own; in the same order. */
  answers(finished: readonly Finished[]): Answer[];
  /** The answer to a task that was not begun. */
  refusal(assign: TaskAssign, failure: Failure): string;
}

export function createResultWriter(identity: Identity, frame: FrameWriter, logger: Logger): ResultWriter {
  const { nodeId, signer } = identity;

  function draft(finished: Finished): Draft {
    const { lease, outcome, elapsedMs } = finished;
    const base = Object.assign(resultOf(lease.assign, nodeId), { processing_time_ms: Math.ceil(elapsedMs) });
    try {
      if ('error' in outcome) throw outcome.error;
      return completed(base, finished, outcome.result);
    } catch (error) {
      return { result: failed(base, failureOf(error, logger)) };
    }
  }

  function completed(base: Omit<TaskResult, 'status'>, finished: Finished, result: RunResult): Draft {
    const { receipt } = finished.lease.assign;
    const billed = receipt?.unit_type === WHOLE_JOB ? { ...result, units: 1 } : result;
    const failure = unfit(billed, receipt);
    if (failure) return { result: failed(base, failure) };
    // Object.assign: V8 of Node.js 20 takes 3 µs for a spread to which fields are added.
    const whole = Object.assign(base, { status: 'completed' as const, result: result.output });
    return receipt
      ? { result: whole, unsigned: unsignedWork(finished, billed, { receipt, nodeId }) }
      : { result: whole };
  }

  return {
    answers(finished) {
      const drafts = finished.map(draft);
      const batch = drafts.flatMap(({ unsigned }) => (unsigned && !unsigned.isAlone ? unsigned.payload : []));
      const signatures = signBatch(nodeCrypto, signer, batch).values();
      return drafts.map(({ result, unsigned }) => {
        const own = unsigned?.isAlone ? signBatch(nodeCrypto, signer, [unsigned.payload])[0] : undefined;
        const signature = unsigned && (own ?? signatures.next().value);
        const whole = signature ? Object.assign(result, { work: Object.assign(unsigned.work, { signature }) }) : result;
        const outcome = result.error?.retryable === false ? 'refused' : result.status;
        return { frame: frame('TASK_RESULT', whole), outcome };
      });
    },
    refusal(assign, failure) {
      return frame('TASK_RESULT', failed({ ...resultOf(assign, nodeId), processing_time_ms: 0 }, failure));
    },
  };
}

function resultOf({ task_id, epoch }: TaskAssign, node_id: string) {
  return { task_id, node_id, ...(epoch !== undefined && { epoch }) };
}

/** The message stands in `result` too: that is all an original coordinator reads. */
function failed(base: Omit<TaskResult, 'status'>, failure: Failure): TaskResult {
  const message = failure.message.slice(0, MAX_MESSAGE_CHARACTERS);
  return { ...base, status: 'failed', result: message, error: { ...failure, message } };
}

function failureOf(error: unknown, logger: Logger): Failure {
  if (error instanceof RunError) return knownFailure(error);
  logger.error({ err: error }, 'A runner failed unexpectedly');
  return { code: 'ENGINE_FAILED', message: 'The runner failed unexpectedly', retryable: true };
}

/** What a program made before it failed goes with it, where it fits. */
function knownFailure({ code, message, retryable, partial }: RunError): Failure {
  const failure = { code, message, retryable };
  const isKept = code === 'PROGRAM_FAILED' && partial !== undefined && !isTooLarge(partial.output);
  return isKept ? { ...failure, partial: partial.output } : failure;
}

/** Why a runner's result cannot be handed on. */
function unfit({ units, output }: RunResult, receipt: ReceiptTerms | undefined): Failure | undefined {
  if (!Number.isSafeInteger(units) || units < 0) {
    return { code: 'ENGINE_FAILED', message: `The runner counted ${units} units`, retryable: true };
  }
  if (receipt && units > receipt.max_units) {
    const message = `The work took ${units} units, and ${receipt.max_units} are paid at most`;
    return { code: 'UNITS_EXCEEDED', message, retryable: true };
  }
  if (isTooLarge(output)) {
    return { code: 'OUTPUT_TOO_LARGE', message: 'The output does not fit into a message', retryable: false };
  }
  return undefined;
}

/** Escapes make six bytes of a character at most, so short outputs need not be written to know. */
function isTooLarge(output: string): boolean {
  return output.length * 6 > MAX_FRAME_CHARACTERS && Buffer.byteLength(JSON.stringify(output)) > MAX_FRAME_CHARACTERS;
}

/** Who did how much of work that several nodes did in turn, as `node:units` with blanks between. */
function segmentsOf({ resume }: TaskAssign, nodeId: string, units: number): { segments: string } | undefined {
  if (!resume) return undefined;
  const before = resume.segments.reduce((sum, segment) => sum + segment.units, 0);
  const own = { node_id: nodeId, units: units - before };
  const all = own.units > 0 ? [...resume.segments, own] : resume.segments;
  return { segments: all.map((segment) => `${segment.node_id}:${segment.units}`).join(' ') };
}

/** @throws {RangeError} when the runner's metadata cannot be signed */
function unsignedWork(
  { lease, elapsedMs }: Finished,
  { units, output, metadata: facts }: RunResult,
  { receipt, nodeId }: { readonly receipt: ReceiptTerms; readonly nodeId: string },
): Required<Draft>['unsigned'] {
  const { assign, startedAtMs } = lease;
  const startedAt = new Date(startedAtMs).toISOString();
  const completedAt = new Date(startedAtMs + Math.ceil(elapsedMs)).toISOString();
  const hashes = { input_sha256: sha256Hex(assign.content), output_sha256: sha256Hex(output) };
  const metadata = Object.assign({}, facts, hashes, { service: assign.task_type }, segmentsOf(assign, nodeId, units));
  const payload = receiptPayload({
    receiptId: receipt.receipt_id,
    jobId: assign.task_id,
    minerId: nodeId,
    clientId: receipt.client,
    units,
    unitType: receipt.unit_type,
    unitPriceMicro: BigInt(receipt.unit_price_micro),
    startedAt,
    completedAt,
    metadata,
  });
  const work = { units, started_at: startedAt, completed_at: completedAt, metadata };
  return { work, payload: payloadBytes(payload), isAlone: receipt.alone === true };
}
