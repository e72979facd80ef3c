import { SUBSCRIPTION_DOMAIN, SUBSCRIPTION_TYPES } from '@plexus/protocol';
import { encodeAbiParameters, keccak256, parseSignature, zeroAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { expect, it } from 'vitest';
import type { Refusal } from '../src/dialect.ts';
import { readDelegated } from '../src/infernet/delegated.ts';
import { largeNumbersAsTexts } from '../src/infernet/large-numbers.ts';

const CHAIN = { chain_id: 31_337, address: '0x5FbDB2315678afecb367f032d93F642f64180aa3', pending: 0 } as const;
const SITE = { chain: CHAIN };
const OFFER = { image: '', external: true, generates_proofs: false, timeout_seconds: 180, max_pending: 10 };
const NOW = new Date('2026-01-01T00:00:00Z');
const LATER = NOW.getTime() / 1000 + 60;
const owner = privateKeyToAccount(`0x${'1'.repeat(64)}`);

const SUBSCRIPTION = {
  owner: owner.address,
  active_at: 100,
  period: 0,
  frequency: 1,
  redundancy: 1,
  containers: ['first', 'second'],
  lazy: false,
  verifier: zeroAddress,
  payment_amount: '1000000000000000000000',
  payment_token: zeroAddress,
  wallet: zeroAddress,
};

/** A request whose subscription is signed as wallets do it. */
async function signed({ expiry = LATER, chainId = 31_337 } = {}) {
  const message = {
    nonce: 7,
    expiry,
    sub: {
      owner: owner.address,
      activeAt: 100,
      period: 0,
      frequency: 1,
      redundancy: 1,
      containerId: keccak256(encodeAbiParameters([{ type: 'string' }], ['first,second'])),
      lazy: false,
      verifier: zeroAddress,
      paymentAmount: 10n ** 21n,
      paymentToken: zeroAddress,
      wallet: zeroAddress,
    },
  } as const;
  const domain = { ...SUBSCRIPTION_DOMAIN, chainId, verifyingContract: CHAIN.address };
  const types = SUBSCRIPTION_TYPES;
  const text = await owner.signTypedData({ domain, types, primaryType: 'DelegateSubscription', message });
  const { r, s, yParity } = parseSignature(text);
  return { signature: { nonce: 7, expiry, v: 27 + yParity, r, s }, subscription: SUBSCRIPTION, data: { n: 1 } };
}

it('takes what the owner has signed, whichever way its containers are written', async () => {
  const request = await signed();
  expect(await readDelegated(request, SITE, NOW)).toMatchObject({
    owner: owner.address,
    request: { containers: ['first', 'second'], data: { n: 1 } },
    signed: { subscription: SUBSCRIPTION },
  });
  const subscription = { ...SUBSCRIPTION, containers: 'first,second' };
  const other = await readDelegated({ ...request, subscription }, SITE, NOW);
  expect(other.request.containers).toEqual(['first', 'second']);
  const containers = ['second', 'first'].map((id) => ({ id, ...OFFER }));
  const hash = keccak256(encodeAbiParameters([{ type: 'string' }], ['first,second']));
  for (const named of [hash, hash.slice(2).toUpperCase()]) {
    const hashed = { ...request, subscription: { ...SUBSCRIPTION, containers: named } };
    expect(await readDelegated(hashed, { ...SITE, containers }, NOW)).toMatchObject({
      request: { containers: ['first', 'second'] },
      signed: { subscription: SUBSCRIPTION },
    });
  }
  const { r, s } = request.signature;
  const decimal = { ...request.signature, r: BigInt(r).toString(), s: BigInt(s).toString() };
  expect(await readDelegated({ ...request, signature: decimal }, SITE, NOW)).toMatchObject({ owner: owner.address });
});

it('looks at no clock where the first answer is on the chain', async () => {
  const old = await signed({ expiry: NOW.getTime() / 1000 });
  expect(await readDelegated(old, SITE, undefined)).toMatchObject({ owner: owner.address });
});

it('refuses what cannot be trusted', async () => {
  const request = await signed();
  const { signature, subscription } = request;
  const refused = async (given: object) =>
    await readDelegated({ ...request, ...given }, SITE, NOW).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  const stranger = 'Signer does not match owner';
  expect(await readDelegated(request, {}, NOW).catch((error: Error) => error.message)).toBe('Chain not enabled');
  expect(await refused(await signed({ expiry: NOW.getTime() / 1000 }))).toBe('Signature expired');
  expect(await refused(await signed({ chainId: 1 }))).toBe(stranger);
  expect(await refused({ signature: { ...signature, nonce: 8 } })).toBe(stranger);
  expect(await refused({ signature: { ...signature, r: '0' } })).toBe(stranger);
  expect(await refused({ subscription: { ...subscription, owner: zeroAddress } })).toBe(stranger);
  expect(await refused({ subscription: { ...subscription, containers: ['other'] } })).toBe(stranger);
  expect(await refused({ subscription: { ...subscription, containers: '0'.repeat(64) } })).toBe(
    'Container not supported',
  );
  expect(await refused({ subscription: { ...subscription, period: 'x' } })).toBe(
    'subscription.period: must be integer',
  );
  expect(await refused({ signature: undefined })).toBe('signature: must be object');
});

it("refuses with the status that the original's clients of version 1 expect, where that is asked for", async () => {
  const statusOf = async (site: Parameters<typeof readDelegated>[1]) =>
    await readDelegated(await signed({ expiry: 0 }), site, NOW).catch((error: Refusal) => error.reply.status);
  expect([await statusOf({}), await statusOf(SITE)]).toEqual([400, 400]);
  expect([await statusOf({ refusal_status: 405 }), await statusOf({ ...SITE, refusal_status: 405 })]).toEqual([
    405, 405,
  ]);
});

it('numbers of a subscription that JSON would round are read as texts, and no others', () => {
  const large = '9'.repeat(77);
  const body = `{"signature": {"nonce": 1, "r":${large},"s" : ${large} }, "subscription":{"payment_amount": 1${'0'.repeat(18)}, "period": 60}, "data": {"r": ${large}, "t": "\\"signature\\": {\\"r\\": ${large}}"}}`;
  const { signature, subscription, data } = JSON.parse(largeNumbersAsTexts(body));
  expect({ signature, subscription }).toEqual({
    signature: { nonce: 1, r: large, s: large },
    subscription: { payment_amount: `1${'0'.repeat(18)}`, period: 60 },
  });
  expect(data).toEqual({ r: Number(large), t: `"signature": {"r": ${large}}` });
});
