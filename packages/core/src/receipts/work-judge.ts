import {
  type ReceiptCrypto,
  receiptPayload,
  receiptText,
  type SignatureVerifier,
  type Signer,
  type TaskResult,
} from '@plexus/protocol';
import { changed } from '../changed.ts';
import type { Job } from '../jobs/job.ts';
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

/** What a completed piece of work is worth, or why it is refused. */
type Judgement =
  | { readonly ok: true; readonly units: number; readonly receipt: StoredReceipt }
  | { readonly ok: false; readonly why: string };

const utf8 = new TextEncoder();

/** Recounts what a node claims and checks that its own key signed it. */
export type WorkJudge = (job: Job, node: LiveNode, result: TaskResult) => Judgement;

export function createWorkJudge(deps: WorkJudgeDeps): WorkJudge {
  return (job, node, result) =>
    node.speaksPlexus ? judgeSigned(job, node, result, deps) : signInPlace(job, node, result, deps);
}

function judgeSigned(job: Job, node: LiveNode, { work }: TaskResult, deps: WorkJudgeDeps): Judgement {
  if (!work) return { ok: false, why: 'the result carries no signed work' };
  const { units, signature } = work;
  if (signature.public_key !== node.record.publicKey)
    return { ok: false, why: "the signature is not by the node's key" };
  const wrongUnits = miscounted(job, work, deps.clock());
  if (wrongUnits !== undefined) return { ok: false, why: wrongUnits };
  const { started_at: startedAt, completed_at: completedAt, metadata } = work;
  const payload = receiptPayload(changed(termsOf(job, node.record.id), { units, startedAt, completedAt, metadata }));
  const text = receiptText(payload);
  if (!deps.verifySignature(utf8.encode(text.payload), signature))
    return { ok: false, why: 'the signature does not verify' };
  const receipt = { payload, signature, custodial: false, createdAt: deps.clock() };
  return { ok: true, units, receipt: storedReceipt(deps.crypto, receipt, text) };
}

/** A node of the original system signs nothing: the coordinator says what it saw, in its own name. */
function signInPlace(job: Job, node: LiveNode, result: TaskResult, deps: WorkJudgeDeps): Judgement {
  const now = deps.clock();
  const payload = receiptPayload({
    ...termsOf(job, node.record.id),
    units: countUnits(job, now),
    startedAt: (job.startedAt ?? now).toISOString(),
    completedAt: now.toISOString(),
    metadata: {
      service: job.service,
      input_sha256: sha256Hex(job.content, deps.crypto),
      output_sha256: sha256Hex(result.result ?? '', deps.crypto),
    },
  });
  return { ok: true, units: payload.units, receipt: custodialReceipt(payload, deps) };
}
