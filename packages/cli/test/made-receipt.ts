import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import {
  attest,
  consistencyPath,
  encodeBase64,
  inclusionPath,
  keyIdOf,
  leafData,
  leafHash,
  merkleRoot,
  payloadBytes,
  type Receipt,
  type ReceiptCrypto,
  receiptPayload,
  signBatch,
  type Signer,
  signTreeHead,
  type TreeHead,
} from '@plexus/protocol';

const AT = '2025-01-15T10:30:00.000Z';
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const crypto: ReceiptCrypto = {
  sha256: (data) => createHash('sha256').update(data).digest(),
  verify: (key, message, signature) =>
    verify(
      null,
      message,
      createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' }),
      signature,
    ),
};

/** A log whose first entry is a receipt; logs of other names have other entries behind it. */
export interface MadeLog {
  readonly coordinatorKey: string;
  readonly head: (size: number, name?: string) => TreeHead;
  /** The receipt, valid in every part, from the log at a size, with consistency from a known size when asked for. */
  readonly receipt: (size: number, known?: { readonly size: number; readonly name?: string }) => Receipt;
}

/** A receipt that is valid in every part, alone in its log, and the key of the coordinator that attested it. */
export function madeReceipt(): { readonly receipt: Receipt; readonly coordinatorKey: string } {
  const { receipt, coordinatorKey } = madeLog();
  return { receipt: receipt(1), coordinatorKey };
}

export function madeLog(): MadeLog {
  const coordinator = signerOf(generateKeyPairSync('ed25519').privateKey);
  const signed = signedWork();
  const first = leafHash(crypto, leafData(signed));
  const leaves = (size: number, name: string) =>
    Array.from({ length: size }, (_, at) => (at === 0 ? first : leafHash(crypto, Buffer.from(`${name} ${at}`))));
  const head = (size: number, name = 'log') => {
    const root_hash = encodeBase64(merkleRoot(crypto, leaves(size, name)));
    return signTreeHead(coordinator, { tree_size: size, root_hash, timestamp: AT });
  };
  return {
    coordinatorKey: coordinator.publicKey,
    head,
    receipt(size, known) {
      const name = known?.name ?? 'log';
      const all = leaves(size, name);
      const second = head(size, name);
      return {
        ...signed,
        attestations: [attest(crypto, coordinator, signed, AT)],
        created_at: AT,
        inclusion: { leaf_index: 0, path: inclusionPath(crypto, all, 0).map(encodeBase64), tree_head: second },
        ...(known && {
          consistency: {
            first: head(known.size, name),
            second,
            path: consistencyPath(crypto, all, known.size).map(encodeBase64),
          },
        }),
      };
    },
  };
}

function signedWork() {
  const payload = receiptPayload({
    receiptId: 'receipt_1',
    jobId: 'job-1',
    minerId: 'node-1',
    clientId: 'client-1',
    units: 2,
    unitType: 'request',
    unitPriceMicro: 10_000_000n,
    startedAt: AT,
    completedAt: AT,
    metadata: {},
  });
  const node = signerOf(generateKeyPairSync('ed25519').privateKey);
  const [signature] = signBatch(crypto, node, [payloadBytes(payload)]);
  if (!signature) throw new Error('One payload, one signature');
  return { ...payload, signature };
}

function signerOf(privateKey: KeyObject): Signer {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const raw = spki.subarray(SPKI_PREFIX.length);
  return {
    publicKey: raw.toString('base64'),
    keyId: keyIdOf(crypto, raw),
    sign: (message) => sign(null, message, privateKey),
  };
}
