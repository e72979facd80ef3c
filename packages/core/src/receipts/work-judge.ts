import {
  type ReceiptCrypto,
  receiptPayload,
  receiptText,
  type SignatureVerifier,
  type SignedWork,
  type Signer,
  type TaskResult,
} from '@plexus/protocol';
import type { Job } from '../jobs/job.ts';
import { unitTypeOf } from '../jobs/unit-type.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import { custodialReceipt } from './custodial-receipt.ts';
import { sha256Hex, termsOf } from './receipt-terms.ts';
import { type StoredReceipt, storedReceipt } from './stored-receipt.ts';
import { countUnits, miscounted } from './unit-count.ts';

export interface WorkJudgeDeps {
  readonly crypto: ReceiptCrypto;
  readonly verifySignature: SignatureVerifier;
  /** The coordinator's own key, for nodes that have none. */
  readonly signer: Signer;
  readonly clock: () => Date;
}

/** What a node says that it counted. */
export type WorkClaim = Pick<SignedWork, 'units' | 'metadata'>;

/** A result, and what its node counted where it cannot sign for it. */
export type WorkResult = TaskResult & { readonly counted?: WorkClaim };

/** What a completed piece of work is worth, or why it is refused. */
type Judgement =
  | { readonly ok: true; readonly units: number; readonly receipt: StoredReceipt }
  | { readonly ok: false; readonly why: string };

const utf8 = new TextEncoder();

/** Recounts what a node claims and checks that its own key signed it. */
export type WorkJudge = (job: Job, node: LiveNode, result: WorkResult) => Judgement;

export function createWorkJudge(deps: WorkJudgeDeps): WorkJudge {
  return (job, node, result) =>
    signsItself(node) ? judgeSigned(job, node, result, deps) : signInPlace(job, node, result, deps);
}

/** A miner that polls need not have a key of its own. */
function signsItself({ speaksPlexus, session, record }: LiveNode): boolean {
  return speaksPlexus && (session.isPolling !== true || record.publicKey !== undefined);
}

function judgeSigned(job: Job, node: LiveNode, { work }: TaskResult, deps: WorkJudgeDeps): Judgement {
  if (!work) return { ok: false, why: 'the result carries no signed work' };
  const { units, signature } = work;
  if (signature.public_key !== node.record.publicKey)
    return { ok: false, why: "the signature is not by the node's key" };
  const wrongUnits = miscounted(job, work, deps.clock());
  if (wrongUnits !== undefined) return { ok: false, why: wrongUnits };
  const { started_at: startedAt, completed_at: completedAt, metadata } = work;
  const done = { units, startedAt, completedAt, metadata };
  const payload = receiptPayload(Object.assign(termsOf(job, node.record.id), done));
  const text = receiptText(payload);
  if (!deps.verifySignature(utf8.encode(text.payload), signature))
    return { ok: false, why: 'the signature does not verify' };
  const receipt = { payload, signature, custodial: false, createdAt: deps.clock() };
  return { ok: true, units, receipt: storedReceipt(deps.crypto, receipt, text) };
}

/** Who signs nothing is taken at the coordinator's word, which says what it saw and, of tokens and images, what it was told. */
function signInPlace(job: Job, node: LiveNode, result: WorkResult, deps: WorkJudgeDeps): Judgement {
  const now = deps.clock();
  const counted = countedUnits(job, result, now);
  if (typeof counted === 'string') return { ok: false, why: counted };
  const payload = receiptPayload({
    ...termsOf(job, node.record.id),
    units: counted,
    startedAt: (job.startedAt ?? now).toISOString(),
    completedAt: now.toISOString(),
    metadata: {
      ...result.counted?.metadata,
      service: job.service,
      input_sha256: sha256Hex(job.content, deps.crypto),
      output_sha256: sha256Hex(result.result ?? '', deps.crypto),
    },
  });
  return { ok: true, units: payload.units, receipt: custodialReceipt(payload, deps) };
}

/**
 * The units of a node that signs nothing.
 *
 * @returns what is wrong where it is no number
 */
export function countedUnits(job: Job, { counted }: WorkResult, now: Date): number | string {
  const unitType = unitTypeOf(job);
  if (unitType !== 'token' && unitType !== 'image') return countUnits(job, now);
  if (!counted) return `the result does not say how many ${unitType}s it took`;
  return miscounted(job, counted, now) ?? counted.units;
}
