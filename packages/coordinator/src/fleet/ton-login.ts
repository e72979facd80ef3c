import { randomBytes } from 'node:crypto';
import { type Books, DomainError, walletAccountId, type WalletLogin } from '@plexus/core';
import { forgetFirst } from '@plexus/protocol';
import { checkTonProof } from '@plexus/ton';
import type { WalletTokens } from './wallet-tokens.ts';

/** A payload is good for so long, and so is what was signed of it. */
const PAYLOAD_SECONDS = 900;
/** Payloads that were given out and not used; beyond, the oldest are good no more. */
const MAX_PAYLOADS = 20_000;
const PAYLOAD_BYTES = 32;
/** A token is good for so long: whoever has the wallet gets another one. */
const TOKEN_SECONDS = 3600;

export interface TonLoginDeps {
  readonly books: Pick<Books, 'commit'>;
  readonly tokens: WalletTokens;
  readonly mintId: string;
  /** Names of this site that wallets may be shown. */
  readonly domains: readonly string[];
  readonly clock: () => Date;
}

export function createTonLogin({ books, tokens, mintId, domains, clock }: TonLoginDeps): WalletLogin {
  const open = new Map<string, number>();

  /** Takes a payload, which is then good no more. */
  function spend(payload: string): boolean {
    const expiresAtMs = open.get(payload);
    open.delete(payload);
    return expiresAtMs !== undefined && expiresAtMs > clock().getTime();
  }

  return {
    payload() {
      const expiresAt = new Date(clock().getTime() + PAYLOAD_SECONDS * 1000);
      const payload = randomBytes(PAYLOAD_BYTES).toString('hex');
      open.set(payload, expiresAt.getTime());
      if (open.size > MAX_PAYLOADS) forgetFirst(open);
      return { payload, expiresAt };
    },

    async enter(proof) {
      const now = clock();
      const verdict = checkTonProof(proof, { domains, now, maxAgeSeconds: PAYLOAD_SECONDS });
      if (!verdict.isTrue) throw refused(verdict.fault);
      if (!spend(proof.payload)) throw refused('payload');
      const { rawAddress } = verdict;
      const account = { id: walletAccountId(rawAddress), kind: 'client', name: rawAddress, createdAt: now } as const;
      await books.commit({ type: 'openAccount', account, grant: 0n, mintId });
      const expiresAt = new Date(now.getTime() + TOKEN_SECONDS * 1000);
      return { token: tokens.make(rawAddress, expiresAt), expiresAt, rawAddress };
    },
  };
}

function refused(what: string): DomainError {
  return new DomainError('INVALID_INPUT', `the proof does not hold: wrong ${what}`, { field: `proof.${what}` });
}
