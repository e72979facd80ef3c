import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Authenticator, type Caller, DomainError, ROLE_SCOPES, walletAccountId } from '@plexus/core';

const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url');
const ISSUER = 'plexus';
const MAX_TOKEN_LENGTH = 1000;

/** Tokens that stand for a wallet which was proven. Source: RFC 7519. */
export interface WalletTokens {
  make(rawWallet: string, expiresAt: Date): string;
  /** @throws {DomainError} INVALID_API_KEY, KEY_EXPIRED */
  callerOf(token: string, now: Date): Caller;
}

export function createWalletTokens(secret: Uint8Array): WalletTokens {
  const sign = (text: string): Buffer => createHmac('sha256', secret).update(text).digest();
  return {
    make(rawWallet, expiresAt) {
      const claims = { iss: ISSUER, sub: rawWallet, exp: Math.floor(expiresAt.getTime() / 1000) };
      const text = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      return `${text}.${sign(text).toString('base64url')}`;
    },
    callerOf(token, now) {
      const [header = '', body = '', signature = ''] = token.split('.');
      const given = Buffer.from(signature, 'base64url');
      const expected = sign(`${header}.${body}`);
      // Only our own header is ever signed, so that no other algorithm can be asked for.
      if (header !== HEADER || given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new DomainError('INVALID_API_KEY', 'Invalid token', {});
      }
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string; exp: number };
      if (claims.exp * 1000 <= now.getTime()) {
        const expiredAt = new Date(claims.exp * 1000).toISOString();
        throw new DomainError('KEY_EXPIRED', `Invalid token: it expired at ${expiredAt}`, { expiredAt });
      }
      const accountId = walletAccountId(claims.sub);
      // It expires, which a key that it made would not.
      return { accountId, keyId: accountId, role: 'client', scopes: ROLE_SCOPES.client, limited: true };
    },
  };
}

/** Lets tokens of wallets in beside keys. */
export function withWalletTokens(inner: Authenticator, tokens: WalletTokens, clock: () => Date): Authenticator {
  return {
    async authenticate(key) {
      const isToken = key !== undefined && key.length <= MAX_TOKEN_LENGTH && key.split('.').length === 3;
      return isToken ? tokens.callerOf(key, clock()) : await inner.authenticate(key);
    },
    forget: (keyId) => inner.forget(keyId),
  };
}
