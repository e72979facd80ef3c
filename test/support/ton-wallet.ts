/** A wallet of TON that proves to be one, as TON Connect's wallets do: it shares no code with what checks it. */
import { beginCell, storeStateInit } from '@ton/core';
import { type KeyPair, keyPairFromSeed, sha256_sync as sha256, sign } from '@ton/crypto';
import { WalletContractV3R2, WalletContractV4, WalletContractV5R1 } from '@ton/ton';

const KINDS = { v3r2: WalletContractV3R2, v4r2: WalletContractV4, v5r1: WalletContractV5R1 };

export type WalletKind = keyof typeof KINDS;

export interface TestWallet {
  readonly rawAddress: string;
  /** The body of a login. */
  prove(
    payload: string,
    fields?: { readonly domain?: string; readonly timestamp?: number; readonly keys?: KeyPair },
  ): {
    readonly address: string;
    readonly proof: {
      readonly timestamp: number;
      readonly domain: { readonly lengthBytes: number; readonly value: string };
      readonly payload: string;
      readonly signature: string;
      readonly state_init: string;
    };
  };
}

export function keysOf(seed: number): KeyPair {
  return keyPairFromSeed(Buffer.alloc(32, seed));
}

export function createTestWallet(kind: WalletKind, seed: number): TestWallet {
  const own = keysOf(seed);
  const { address, init } = KINDS[kind].create({ workchain: 0, publicKey: own.publicKey });
  const stateInit = beginCell().store(storeStateInit(init)).endCell().toBoc().toString('base64');
  return {
    rawAddress: address.toRawString(),
    prove(payload, { domain = 'localhost', timestamp = Math.floor(Date.now() / 1000), keys = own } = {}) {
      const message = Buffer.concat([
        Buffer.from('ton-proof-item-v2/'),
        beginCell().storeInt(address.workChain, 32).endCell().bits.subbuffer(0, 32) ?? Buffer.alloc(0),
        address.hash,
        Buffer.from(new Uint32Array([Buffer.byteLength(domain)]).buffer),
        Buffer.from(domain),
        Buffer.from(new BigUint64Array([BigInt(timestamp)]).buffer),
        Buffer.from(payload),
      ]);
      const whole = Buffer.concat([Buffer.from('ffff', 'hex'), Buffer.from('ton-connect'), sha256(message)]);
      const signature = sign(sha256(whole), keys.secretKey).toString('base64');
      const lengthBytes = Buffer.byteLength(domain);
      return {
        address: address.toRawString(),
        proof: { timestamp, domain: { lengthBytes, value: domain }, payload, signature, state_init: stateInit },
      };
    },
  };
}
