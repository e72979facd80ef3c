import { countAttestations, isObject, type Receipt, type ReceiptCrypto, verifyReceipt } from '@plexus/protocol';
import type { Verification } from './receipt-service.ts';

export interface VerifierDeps {
  readonly crypto: ReceiptCrypto;
  /** The coordinator's raw public key, standard base64. */
  readonly coordinatorKey: string;
  /** A receipt as it was issued, with its place in the log. */
  readonly find: (receiptId: string) => Promise<Receipt | undefined>;
  /** The key that is registered for a node, where it has one of its own. */
  readonly minerKeyOf: (minerId: string) => Promise<string | undefined>;
}

type Claim = Readonly<Record<string, unknown>>;

/** Checks receipts that somebody shows against those that were issued. */
export function createVerifier(deps: VerifierDeps): (value: unknown) => Promise<Verification> {
  const { crypto, coordinatorKey, find, minerKeyOf } = deps;

  async function checkAgainst(issued: Receipt, claim: Claim, signature: Claim): Promise<Verification> {
    const shown: unknown = { ...issued, ...claim, signature: { ...issued.signature, ...signature } };
    // A custodial receipt has the coordinator's signature in the place of its node's.
    const minerKey = issued.custodial ? undefined : await minerKeyOf(issued.miner_id);
    const { valid, checks } = verifyReceipt(crypto, shown, { coordinatorKey, minerKey });
    const hasShape = checks.every(({ name, status }) => name !== 'shape' || status === 'ok');
    return {
      valid,
      checks: [{ name: 'known', status: 'ok', detail: `issued here as ${issued.receipt_id}` }, ...checks],
      // The shape of a receipt was just found.
      attestations: hasShape ? countAttestations(crypto, shown as Receipt, coordinatorKey) : 0,
    };
  }

  return async (value) => {
    const claim = unwrap(value);
    const receiptId = claim?.['receipt_id'];
    if (!claim || typeof receiptId !== 'string') return refuted('shape', 'this is not a receipt: it has no receipt_id');
    const issued = await find(receiptId);
    if (!issued) return refuted('known', `no receipt of the id ${receiptId} was issued here`);
    const signature = asObject(claim['signature']);
    if (!signature || signature['sig'] !== issued.signature.sig) {
      return refuted('signature', 'this is not the signature under which the receipt was issued');
    }
    return await checkAgainst(issued, claim, signature);
  };
}

function refuted(name: Verification['checks'][number]['name'], detail: string): Verification {
  return { valid: false, checks: [{ name, status: 'failed', detail }], attestations: 0 };
}

function unwrap(value: unknown): Claim | undefined {
  const outer = asObject(value);
  return outer && !('receipt_id' in outer) && 'receipt' in outer ? asObject(outer['receipt']) : outer;
}

function asObject(value: unknown): Claim | undefined {
  return isObject(value) ? value : undefined;
}
