import { createHash, createPublicKey, verify } from 'node:crypto';
import { Address, Cell, contractAddress, loadStateInit, type StateInit } from '@ton/core';

/** What a wallet sends to prove that somebody has its key. Source: TON Connect, "ton_proof". */
export interface TonProof {
  readonly address: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly domain: { readonly lengthBytes: number; readonly value: string };
  readonly payload: string;
  /** Base64. */
  readonly signature: string;
  /** The wallet's code and first data, which have its public key in them; base64. */
  readonly stateInit: string;
}

export interface ProofTerms {
  /** Names, or `name:port`, of the site that wallets may be shown. */
  readonly domains: readonly string[];
  readonly now: Date;
  readonly maxAgeSeconds: number;
}

/** What is wrong with a proof. */
export type ProofFault = 'domain' | 'timestamp' | 'address' | 'state_init' | 'wallet' | 'signature';

export type ProofVerdict =
  | { readonly isTrue: true; readonly rawAddress: string }
  | { readonly isTrue: false; readonly fault: ProofFault };

/**
 * Where the public key begins in the data of each kind of wallet, in bits, by the hash of its code. Source: ton-blockchain,
 * wallet-contract and wallet-contract-v5.
 */
const KEY_AT: Readonly<Record<string, number>> = {
  b61041a58a7980b946e8fb9e198e3c904d24799ffa36574ea4251c41a566f581: 64, // v3r1
  '84dafa449f98a6987789ba232358072bc0f76dc4524002a5d0918b9a75d2d599': 64, // v3r2
  feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0: 64, // v4r2
  '20834b7b72b112147e1b2fb457b84e74d1a30f04f737d4f62a668e9552d2b72f': 65, // v5r1
};
const KEY_BYTES = 32;
/** Begins an Ed25519 public key in DER. Source: RFC 8410, section 4. */
const ED25519_DER = Buffer.from('302a300506032b6570032100', 'hex');

/** Checks a proof: the key that signed it is the one of the wallet at that address. */
export function checkTonProof(proof: TonProof, { domains, now, maxAgeSeconds }: ProofTerms): ProofVerdict {
  const { domain, timestamp } = proof;
  const isWhole = domain.lengthBytes === Buffer.byteLength(domain.value);
  if (!isWhole || !isAmong(domains, domain.value)) return { isTrue: false, fault: 'domain' };
  if (Math.abs(now.getTime() / 1000 - timestamp) > maxAgeSeconds) return { isTrue: false, fault: 'timestamp' };
  const address = attempt(() => Address.parseRaw(proof.address));
  if (!address) return { isTrue: false, fault: 'address' };
  const stateInit = attempt(() => loadStateInit(Cell.fromBase64(proof.stateInit).beginParse()));
  if (!stateInit || !contractAddress(address.workChain, stateInit).equals(address)) {
    return { isTrue: false, fault: 'state_init' };
  }
  const key = attempt(() => keyIn(stateInit));
  if (!key) return { isTrue: false, fault: 'wallet' };
  const isSigned = attempt(() => verify(null, signedHash(proof, address), key, Buffer.from(proof.signature, 'base64')));
  return isSigned === true
    ? { isTrue: true, rawAddress: address.toRawString() }
    : { isTrue: false, fault: 'signature' };
}

/** Wallets say the host as the site's URL has it, with an unusual port: a name without one stands for all ports. */
function isAmong(domains: readonly string[], host: string): boolean {
  return domains.includes(host) || domains.includes(host.replace(/:\d{1,5}$/, ''));
}

function keyIn({ code, data }: StateInit) {
  const at = KEY_AT[code?.hash().toString('hex') ?? ''];
  if (at === undefined || !data) return undefined;
  const key = data.beginParse().skip(at).loadBuffer(KEY_BYTES);
  return createPublicKey({ key: Buffer.concat([ED25519_DER, key]), format: 'der', type: 'spki' });
}

function signedHash({ domain, timestamp, payload }: TonProof, { workChain, hash }: Address): Buffer {
  const [chain, length, time] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(8)];
  chain.writeInt32BE(workChain);
  length.writeUInt32LE(domain.lengthBytes);
  time.writeBigUInt64LE(BigInt(timestamp));
  const text = [
    Buffer.from('ton-proof-item-v2/'),
    chain,
    hash,
    length,
    Buffer.from(domain.value),
    time,
    Buffer.from(payload),
  ];
  return sha256(Buffer.concat([Buffer.of(0xff, 0xff), Buffer.from('ton-connect'), sha256(Buffer.concat(text))]));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** What a stranger sent may not be what it says it is. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
