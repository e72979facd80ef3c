import { SUBSCRIPTION_DOMAIN, SUBSCRIPTION_TYPES } from '@plexus/protocol';
import { encodeAbiParameters, type Hex, keccak256, parseSignature, zeroAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

/** Who signs: anvil's third account, which is no contract. */
const owner = privateKeyToAccount('0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a');

export interface SubscriptionTerms {
  readonly nonce: number;
  readonly containers?: readonly string[];
  readonly activeAt?: number;
  readonly period?: number;
  readonly frequency?: number;
  readonly redundancy?: number;
  /** In seconds since 1970; in 10 minutes where it is not given. */
  readonly expiry?: number;
}

/** The body of a request: a subscription that its owner has signed as wallets do it, and data. */
export async function signedSubscription(coordinator: Hex, terms: SubscriptionTerms, data: object) {
  const { nonce, containers = ['box'], activeAt = 0, period = 0, frequency = 1, redundancy = 1 } = terms;
  const { expiry = Math.floor(Date.now() / 1000) + 600 } = terms;
  const rest = { owner: owner.address, period, frequency, redundancy, lazy: false, verifier: zeroAddress };
  const containerId = keccak256(encodeAbiParameters([{ type: 'string' }], [containers.join(',')]));
  const payment = { paymentAmount: 0n, paymentToken: zeroAddress, wallet: zeroAddress };
  const text = await owner.signTypedData({
    domain: { ...SUBSCRIPTION_DOMAIN, chainId: foundry.id, verifyingContract: coordinator },
    types: SUBSCRIPTION_TYPES,
    primaryType: 'DelegateSubscription',
    message: { nonce, expiry, sub: { ...rest, ...payment, activeAt, containerId } },
  });
  const { r, s, yParity } = parseSignature(text);
  const payments = { payment_amount: 0, payment_token: zeroAddress, wallet: zeroAddress };
  return {
    signature: { nonce, expiry, v: 27 + yParity, r, s },
    subscription: { ...rest, ...payments, active_at: activeAt, containers },
    data,
  };
}
