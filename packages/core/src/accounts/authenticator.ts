import type { BooksReader } from '../books/books.ts';
import { DomainError, keyLossIn } from '../errors.ts';
import type { ApiKey } from './api-key.ts';
import { type Caller, callerOf } from './caller.ts';

/** A key is looked up again after this long: with what nodes and streams remember, one that another replica revoked ends within 10 s. */
const CACHE_MS = 4000;
const CACHE_ENTRIES = 10_000;

export interface AuthenticatorDeps {
  readonly reader: Pick<BooksReader, 'findKeyByHash'>;
  /** SHA-256 of the text in lower-case hex. */
  readonly hashText: (text: string) => string;
  readonly clock: () => Date;
}

/** Turns API keys into callers. */
export interface Authenticator {
  /** @throws {DomainError} MISSING_API_KEY, INVALID_API_KEY, KEY_EXPIRED */
  authenticate(apiKey: string | undefined): Promise<Caller>;
  /** Forgets what is remembered of a key, after it was revoked. */
  forget(keyId: string): void;
}

interface Remembered {
  readonly key: ApiKey;
  readonly caller: Caller;
  readonly until: number;
}

export function createAuthenticator({ reader, hashText, clock }: AuthenticatorDeps): Authenticator {
  const remembered = new Map<string, Remembered>();

  async function lookUp(hash: string, now: number): Promise<Remembered> {
    const key = await reader.findKeyByHash(hash);
    if (!key || key.revokedAt) throw new DomainError('INVALID_API_KEY', 'Invalid API key', {});
    if (remembered.size >= CACHE_ENTRIES) remembered.clear();
    const entry = { key, caller: callerOf(key), until: now + CACHE_MS };
    remembered.set(hash, entry);
    return entry;
  }

  return {
    async authenticate(apiKey) {
      if (!apiKey) throw new DomainError('MISSING_API_KEY', 'Missing API key', {});
      const now = clock().getTime();
      const hash = hashText(apiKey);
      const known = remembered.get(hash);
      const { key, caller } = known && known.until > now ? known : await lookUp(hash, now);
      if (key.expiresAt && key.expiresAt.getTime() <= now) {
        const expiredAt = key.expiresAt.toISOString();
        throw new DomainError('KEY_EXPIRED', `Invalid API key: it expired at ${expiredAt}`, { expiredAt });
      }
      return caller;
    },

    forget(keyId) {
      for (const [hash, { key }] of remembered) if (key.id === keyId) remembered.delete(hash);
    },
  };
}

/** Why a key that was good is no longer; nothing while it is, or cannot be looked up. */
export async function keyLossOf(
  authenticator: Pick<Authenticator, 'authenticate'>,
  apiKey: string | undefined,
): Promise<DomainError | undefined> {
  return await authenticator.authenticate(apiKey).then(() => undefined, keyLossIn);
}
