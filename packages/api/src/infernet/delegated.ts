/** Subscriptions that their owner has signed: who that is. */
import {
  type ChainOffer,
  type InfernetSite,
  type SignedSubscription,
  subscribedContainers,
  SUBSCRIPTION_DOMAIN,
  SUBSCRIPTION_TYPES,
  SubscriptionSchema,
  SubscriptionSignatureSchema,
} from '@plexus/protocol';
import type { TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { refuse } from './errors.ts';
import { containersBehind, hashIn } from './hashed-containers.ts';
import type { JobRequest } from './intake.ts';

/** A signed subscription, as a job that its owner asks for. */
export interface Delegated {
  readonly request: JobRequest;
  readonly owner: string;
  readonly signed: SignedSubscription;
}

/** Whether a request is a subscription, and no direct one. */
export function isDelegated({ signature, subscription }: JobRequest): boolean {
  return signature !== undefined || subscription !== undefined;
}

type Site = Partial<Pick<InfernetSite, 'chain' | 'containers' | 'refusal_status'>>;

/**
 * The job that a signed subscription asks for.
 *
 * @param now undefined where its first answer is on the chain: the signature has then done its work, however old it is
 * @throws {Refusal} in the original's words
 */
export async function readDelegated(
  request: JobRequest,
  { chain, containers: offers = [], refusal_status: refusalStatus = 400 }: Site,
  now: Date | undefined,
): Promise<Delegated> {
  if (!chain) throw refuse(refusalStatus, 'Chain not enabled', {});
  const given = signedOf(request);
  const hash = hashIn(given.subscription.containers);
  const behind = hash === undefined ? subscribedContainers(given.subscription) : await containersBehind(hash, offers);
  if (!behind) throw refuse(refusalStatus, 'Container not supported', { container: given.subscription.containers });
  const containers = [...behind];
  const signed = { ...given, subscription: { ...given.subscription, containers } };
  if (now && signed.signature.expiry * 1000 <= now.getTime()) {
    throw refuse(refusalStatus, 'Signature expired', {});
  }
  const { owner } = signed.subscription;
  const signer = await signerOf(signed, chain);
  if (signer?.toLowerCase() !== owner.toLowerCase()) throw refuse(400, 'Signer does not match owner', { owner });
  return { request: { ...request, containers }, owner, signed };
}

function signedOf({ signature, subscription }: JobRequest): SignedSubscription {
  return {
    signature: checked('signature', SubscriptionSignatureSchema, signature),
    subscription: checked('subscription', SubscriptionSchema, subscription),
  };
}

function checked<S extends TSchema>(name: string, schema: S, value: unknown) {
  if (Check(schema, value)) return value;
  const [first] = Errors(schema, value);
  const field = [name, ...(first?.instancePath.slice(1).split('/') ?? [])].filter((part) => part !== '').join('.');
  throw refuse(400, `${field}: ${first?.message ?? 'is not valid'}`, { field, part: 'body' });
}

/** Who has signed; nobody where no key can have made such a signature. */
async function signerOf(
  { signature, subscription }: SignedSubscription,
  { chain_id: chainId, address }: ChainOffer,
): Promise<string | undefined> {
  // A large library, which most coordinators never need.
  const { encodeAbiParameters, keccak256, numberToHex, recoverTypedDataAddress } = await import('viem');
  const hexOf = (number: string | number) => numberToHex(BigInt(number), { size: 32 });
  const names = encodeAbiParameters([{ type: 'string' }], [subscribedContainers(subscription).join(',')]);
  const { nonce, expiry, v, r, s } = signature;
  const sub = {
    owner: hexAddress(subscription.owner),
    activeAt: subscription.active_at,
    period: subscription.period,
    frequency: subscription.frequency,
    redundancy: subscription.redundancy,
    containerId: keccak256(names),
    lazy: subscription.lazy,
    verifier: hexAddress(subscription.verifier),
    paymentAmount: BigInt(subscription.payment_amount),
    paymentToken: hexAddress(subscription.payment_token),
    wallet: hexAddress(subscription.wallet),
  };
  try {
    return await recoverTypedDataAddress({
      domain: { ...SUBSCRIPTION_DOMAIN, chainId, verifyingContract: hexAddress(address) },
      types: SUBSCRIPTION_TYPES,
      primaryType: 'DelegateSubscription',
      message: { nonce, expiry, sub },
      signature: { v: BigInt(v), r: hexOf(r), s: hexOf(s) },
    });
  } catch {
    return undefined;
  }
}

/** In lower case, as a mixed one would be a checksum. */
function hexAddress(text: string): `0x${string}` {
  return `0x${text.slice(2).toLowerCase()}`;
}
