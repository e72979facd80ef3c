import type { ApiKey } from './api-key.ts';

/** A key together with its secret, which is shown once and never stored. */
export interface IssuedKey {
  readonly key: ApiKey;
  readonly secret: string;
}

/** What making a key needs from outside. */
export interface KeyIssuer {
  readonly clock: () => Date;
  readonly newId: () => string;
  /** SHA-256 of the text in lower-case hex. */
  readonly hashText: (text: string) => string;
  /** A fresh secret, or always the same one for the same seed: what lets a repeated call answer alike. */
  readonly newSecret: (seed?: string) => string;
}

/** What is decided about a key before it is made. */
export type KeyRequest = Omit<ApiKey, 'id' | 'hash' | 'prefix' | 'spent' | 'createdAt'>;

/** Characters of a key that are kept readable, to recognise it by. */
const PREFIX_LENGTH = 9;

/** Makes a key; with a seed always the same one. */
export function issueKey(issuer: KeyIssuer, request: KeyRequest, seed?: string): IssuedKey {
  const secret = issuer.newSecret(seed);
  const hash = issuer.hashText(secret);
  const id = seed === undefined ? `key_${issuer.newId()}` : `key_${hash.slice(0, 32)}`;
  const prefix = secret.slice(0, PREFIX_LENGTH);
  return { secret, key: { ...request, id, hash, prefix, spent: 0n, createdAt: issuer.clock() } };
}
