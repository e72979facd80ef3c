import { decodeAll, decodeBase64 } from './base64.ts';
import { verifySignature } from './batch.ts';
import type { ReceiptCrypto } from './crypto.ts';
import { leafHash, verifyInclusion } from './merkle.ts';
import type { Attestation, Receipt, TreeHead } from './receipt.ts';
import { attestationMessage, leafData, payloadBytes } from './receipt-payload.ts';
import { verifyMessage } from './sign.ts';
import { formatCredits, parseCredits } from '../money.ts';

/** What one check found. */
export interface Outcome {
  readonly status: 'ok' | 'failed' | 'absent';
  readonly detail: string;
}

/** What the caller knows of his own accord; without keys a report says only that a receipt agrees with itself. */
export interface VerifyOptions {
  /** The coordinator's raw public key, standard base64. */
  readonly coordinatorKey?: string | undefined;
  /** A key registered for the receipt's node, standard base64. */
  readonly minerKey?: string | undefined;
  /** A tree head of the same log that the caller kept from before. */
  readonly knownHead?: TreeHead | undefined;
}

/** A receipt of the right shape, with what its verifier was told. */
export interface Subject {
  readonly crypto: ReceiptCrypto;
  readonly receipt: Receipt;
  /** The coordinator's key as the caller knows it, else as the receipt itself names it. */
  readonly coordinatorKey: string | undefined;
  readonly options: VerifyOptions;
}

export function ok(detail: string): Outcome {
  return { status: 'ok', detail };
}

export function failed(detail: string): Outcome {
  return { status: 'failed', detail };
}

export function absent(detail: string): Outcome {
  return { status: 'absent', detail };
}

/** Units have one price each, so the whole price must be a multiple of them. */
export function checkPrice({ receipt: { price, units } }: Subject): Outcome {
  const micro = readPrice(price);
  if (micro === undefined) return failed(`the price is not an amount of credits in its shortest form: ${price}`);
  const whole = BigInt(units);
  if (whole === 0n ? micro !== 0n : micro % whole !== 0n) {
    return failed(`the price of ${price} credits cannot be that of ${units} units at one price each`);
  }
  return ok(`${price} credits for ${units} units (${receiptUnitPrice(micro, whole)} each)`);
}

/** The node's signature; a custodial receipt has the coordinator's instead, and no other receipt may. */
export function checkSignature({ crypto, receipt, coordinatorKey, options }: Subject): Outcome {
  const { key_id, public_key } = receipt.signature;
  const signer = receipt.custodial ? 'coordinator' : 'node';
  if (!verifySignature(crypto, payloadBytes(receipt), receipt.signature)) {
    return failed(`the ${signer}'s signature does not match the receipt's contents`);
  }
  const byCoordinator = public_key === coordinatorKey;
  if (receipt.custodial) {
    if (!byCoordinator) return failed("the receipt is custodial, but it is not signed by the coordinator's key");
    if (options.minerKey !== undefined) return failed('the receipt is custodial although the node has its own key');
    return ok(`custodial: the coordinator's key ${key_id} signed in the node's place`);
  }
  if (byCoordinator) return failed("the coordinator's key signed as if it were the node's");
  if (options.minerKey === undefined) return ok(`signed by key ${key_id}; whose it is was not checked`);
  if (public_key !== options.minerKey) return failed(`signed by key ${key_id}, which is not the given key of the node`);
  return ok(`signed by the node's key ${key_id}`);
}

/** Every attestation must be good and by one coordinator; one of them must be as old as the receipt. */
export function checkAttestations(subject: Subject): Outcome {
  const { attestations, created_at } = subject.receipt;
  const [first] = attestations;
  if (!first) return absent('no coordinator has attested the receipt');
  const problem = attestations.map((attestation) => attestationProblem(subject, attestation)).find(Boolean);
  if (problem) return failed(problem);
  // created_at is in no signed text of its own: it is the time of an attestation, or it is made up.
  if (!attestations.some(({ timestamp }) => timestamp === created_at)) {
    return failed('created_at is not a time at which the coordinator attested the receipt');
  }
  const whose = subject.options.coordinatorKey === undefined ? '; whose it is was not checked' : '';
  return ok(`attested by the coordinator's key ${first.key_id}${whose}`);
}

/** How many of a receipt's attestations are good, and by this coordinator; one that is there twice is one. */
export function countAttestations(crypto: ReceiptCrypto, receipt: Receipt, coordinatorKey: string): number {
  const subject: Subject = { crypto, receipt, coordinatorKey, options: { coordinatorKey } };
  const good = receipt.attestations.filter((attestation) => attestationProblem(subject, attestation) === undefined);
  return new Set(good.map(({ sig }) => sig)).size;
}

/** The log's entry for the receipt must lead to the root of the tree head. */
export function checkInclusion({ crypto, receipt }: Subject): Outcome {
  const { inclusion } = receipt;
  if (!inclusion) return absent('the receipt carries no proof that it is in the log');
  const { leaf_index, tree_head } = inclusion;
  const path = decodeAll(inclusion.path);
  const root = decodeBase64(tree_head.root_hash);
  const leaf = leafHash(crypto, leafData(receipt));
  const claim = path && root && { leaf, index: leaf_index, size: tree_head.tree_size, path, root };
  if (!claim || !verifyInclusion(crypto, claim)) {
    return failed("the receipt's contents do not lead to the root of the log's tree head");
  }
  return ok(`entry ${leaf_index} of the ${tree_head.tree_size} in the log`);
}

function attestationProblem(
  { crypto, receipt, coordinatorKey }: Subject,
  attestation: Attestation,
): string | undefined {
  if (attestation.public_key !== coordinatorKey) return "the attestation is not by the coordinator's key";
  if (attestation.sig !== attestation.signature) return 'the attestation carries two different signatures';
  const message = attestationMessage(crypto, receipt, attestation.timestamp);
  if (verifyMessage(crypto, message, attestation)) return undefined;
  return "the coordinator's attestation does not match the receipt's contents";
}

function readPrice(price: string): bigint | undefined {
  try {
    const micro = parseCredits(price);
    return micro >= 0n && formatCredits(micro) === price ? micro : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function receiptUnitPrice(micro: bigint, units: bigint): string {
  return formatCredits(units === 0n ? 0n : micro / units);
}
