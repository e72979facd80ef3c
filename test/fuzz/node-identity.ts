/** Keys of scripted nodes, and what they sign. */
import { generateKeyPairSync, sign } from 'node:crypto';
import {
  keyIdOf,
  payloadBytes,
  proofMessage,
  receiptPayload,
  requestUnits,
  signBatch,
  type SignedWork,
  type Signer,
  type TaskAssign,
} from '@plexus/protocol';
import { createReceiptCrypto } from '../../packages/coordinator/src/keys/receipt-crypto.ts';

const crypto = createReceiptCrypto();

export interface Challenge {
  readonly nonce: string;
  readonly coordinator_key: string;
}

/** A key of a node's own. */
export interface NodeKey {
  readonly publicKey: string;
  proof(challenge: Challenge, host: string, nodeId: string): string;
  /** Work that a coordinator pays for. */
  work(task: TaskAssign, nodeId: string): SignedWork;
}

export function makeNodeKey(): NodeKey {
  const { privateKey, publicKey: spki } = generateKeyPairSync('ed25519');
  const raw = spki.export({ type: 'spki', format: 'der' }).subarray(-32);
  const publicKey = raw.toString('base64');
  const signer: Signer = {
    publicKey,
    keyId: keyIdOf(crypto, raw),
    sign: (message) => sign(null, message, privateKey),
  };
  return {
    publicKey,
    proof({ nonce, coordinator_key: coordinatorKey }, host, nodeId) {
      const message = proofMessage({ nonce, coordinatorKey, host, nodeId });
      return sign(null, Buffer.from(message), privateKey).toString('base64');
    },
    work: (task, nodeId) => signedWork(task, nodeId, signer),
  };
}

function signedWork({ task_id: jobId, content, receipt }: TaskAssign, nodeId: string, signer: Signer): SignedWork {
  const at = new Date().toISOString();
  const work = { units: requestUnits(content), started_at: at, completed_at: at, metadata: {} };
  const payload = receiptPayload({
    receiptId: receipt?.receipt_id ?? '',
    jobId,
    minerId: nodeId,
    clientId: receipt?.client ?? '',
    units: work.units,
    unitType: receipt?.unit_type ?? 'request',
    unitPriceMicro: BigInt(receipt?.unit_price_micro ?? 0),
    startedAt: at,
    completedAt: at,
    metadata: {},
  });
  const [signature] = signBatch(crypto, signer, [payloadBytes(payload)]);
  if (!signature) throw new Error('One payload has one signature');
  return { ...work, signature };
}
