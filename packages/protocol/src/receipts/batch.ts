import { encodeBase64 } from './base64.ts';
import { BatchMemory, type BatchPosition } from './batch-memory.ts';
import type { ReceiptCrypto, Signer } from './crypto.ts';
import { forgetFirst } from '../forget-first.ts';
import { inclusionNodes, leafHash, treeLevels } from './merkle.ts';
import type { ReceiptSignature } from './receipt.ts';
import { signMessage, verifyMessage } from './sign.ts';

/** Most payloads under one signature, and the longest path of one: see `BatchProof`. */
export const MAX_BATCH = 65_536;
const MAX_BATCH_PATH = 16;
/** Batch signatures that a verifier remembers; one node's batches follow each other closely. */
const REMEMBERED_BATCHES = 256;
/** Keeps a batch's signature apart from that of a payload, which begins with a brace. */
const BATCH_PREFIX = 'plexus receipt batch v1\n';

const encoder = new TextEncoder();

/** Says whether a payload's signature is good; never throws on values that fit the schema. */
export type SignatureVerifier = (payload: Uint8Array, signature: ReceiptSignature) => boolean;

/**
 * Signs canonical payloads with one Ed25519 signature: directly when there is one, else over their Merkle root.
 *
 * @returns one signature per payload, in the same order
 * @throws {RangeError} for more than `MAX_BATCH` payloads
 */
export function signBatch(crypto: ReceiptCrypto, signer: Signer, payloads: readonly Uint8Array[]): ReceiptSignature[] {
  const [first] = payloads;
  if (!first) return [];
  if (payloads.length === 1) return [{ alg: 'Ed25519', ...signMessage(signer, first) }];
  const size = payloads.length;
  if (size > MAX_BATCH) throw new RangeError(`A batch holds at most ${MAX_BATCH} payloads, not ${size}`);
  const leaves = payloads.map((payload) => leafHash(crypto, payload));
  const levels = treeLevels(crypto, leaves).map((level) => level.map(encodeBase64));
  const signed = signMessage(signer, batchMessage(levels.at(-1)?.[0] ?? ''));
  return payloads.map((_, index) => {
    const path = inclusionNodes(index, size).map((node) => levels[node.height]?.[node.index] ?? '');
    return { alg: 'Ed25519-MerkleBatch', ...signed, batch: { index, size, path } };
  });
}

/** True when the signature is by the key that it names and covers exactly this payload, alone or in its batch. */
export function verifySignature(crypto: ReceiptCrypto, payload: Uint8Array, signature: ReceiptSignature): boolean {
  return createSignatureVerifier(crypto)(payload, signature);
}

/** Answers as `verifySignature`, at one Ed25519 verification per batch instead of one per payload. */
export function createSignatureVerifier(crypto: ReceiptCrypto): SignatureVerifier {
  const batches = new Map<string, BatchMemory>();

  function memoryOf(id: string): BatchMemory {
    const known = batches.get(id);
    if (known) return known;
    const memory = new BatchMemory(crypto);
    batches.set(id, memory);
    if (batches.size > REMEMBERED_BATCHES) forgetFirst(batches);
    return memory;
  }

  return (payload, signature) => {
    const { alg, batch, public_key, key_id, sig } = signature;
    if (alg === 'Ed25519') return batch === undefined && verifyMessage(crypto, payload, signature);
    if (batch === undefined || !isPosition(batch)) return false;
    const isSigned = (root: string) => verifyMessage(crypto, batchMessage(root), signature);
    const memory = memoryOf(`${public_key} ${key_id} ${sig} ${batch.size}`);
    return memory.proves(leafHash(crypto, payload), batch, isSigned);
  };
}

function isPosition({ index, size, path }: BatchPosition): boolean {
  const areWhole = Number.isSafeInteger(index) && Number.isSafeInteger(size);
  return areWhole && index >= 0 && index < size && size <= MAX_BATCH && path.length <= MAX_BATCH_PATH;
}

function batchMessage(root: string): Uint8Array {
  return encoder.encode(BATCH_PREFIX + root);
}
