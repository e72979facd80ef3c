/** Subscriptions on an EVM chain, which their owner signs and hands to a node. Source: contract/infernet.md. */
import Type, { type Static } from 'typebox';

const Uint32 = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
const Address = Type.String({ pattern: '^0x[0-9a-fA-F]{40}$' });
/** A number that JSON cannot hold: hexadecimal after `0x`, or decimal, as text. */
const Large = Type.Union([
  Type.String({ pattern: '^(0x[0-9a-fA-F]{1,64}|[0-9]{1,78})$' }),
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
]);

export const SubscriptionSignature = Type.Object({
  nonce: Uint32,
  expiry: Uint32,
  v: Type.Union([Type.Literal(27), Type.Literal(28)]),
  r: Large,
  s: Large,
});
export type SubscriptionSignature = Static<typeof SubscriptionSignature>;

export const Subscription = Type.Object({
  owner: Address,
  active_at: Uint32,
  period: Uint32,
  frequency: Uint32,
  redundancy: Type.Integer({ minimum: 0, maximum: 0xffff }),
  containers: Type.Union([
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 20 }),
    Type.String({ minLength: 1, maxLength: 4000, description: 'Ids with commas between, or their hash on the chain.' }),
  ]),
  lazy: Type.Boolean(),
  verifier: Address,
  payment_amount: Large,
  payment_token: Address,
  wallet: Address,
});
export type Subscription = Static<typeof Subscription>;

/** A subscription that its owner has signed, and the chain that it is for. */
export interface SignedSubscription {
  readonly signature: SubscriptionSignature;
  readonly subscription: Subscription;
}

/** What is signed, in the words of EIP-712. */
export const SUBSCRIPTION_TYPES = {
  DelegateSubscription: [
    { name: 'nonce', type: 'uint32' },
    { name: 'expiry', type: 'uint32' },
    { name: 'sub', type: 'Subscription' },
  ],
  Subscription: [
    { name: 'owner', type: 'address' },
    { name: 'activeAt', type: 'uint32' },
    { name: 'period', type: 'uint32' },
    { name: 'frequency', type: 'uint32' },
    { name: 'redundancy', type: 'uint16' },
    { name: 'containerId', type: 'bytes32' },
    { name: 'lazy', type: 'bool' },
    { name: 'verifier', type: 'address' },
    { name: 'paymentAmount', type: 'uint256' },
    { name: 'paymentToken', type: 'address' },
    { name: 'wallet', type: 'address' },
  ],
} as const;

/** The name and version that a coordinator contract signs under. */
export const SUBSCRIPTION_DOMAIN = { name: 'InfernetCoordinator', version: '1' } as const;

/** The ids of a subscription's containers, where it names them and not their hash. */
export function subscribedContainers({ containers }: Pick<Subscription, 'containers'>): readonly string[] {
  return typeof containers === 'string' ? containers.split(',').map((id) => id.trim()) : containers;
}
