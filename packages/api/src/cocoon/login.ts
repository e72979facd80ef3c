import type { loginEndpoints } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { CocoonDeps } from './deps.ts';

export function loginHandlers({ login }: Pick<CocoonDeps, 'login'>): Handlers<typeof loginEndpoints> {
  return {
    getLoginPayload() {
      const { payload, expiresAt } = login.payload();
      return { payload, expires_at: expiresAt.toISOString() };
    },

    async loginWithWallet({ body: { address, proof } }) {
      const { state_init: stateInit, ...signed } = proof;
      const { token, expiresAt, rawAddress } = await login.enter({ address, stateInit, ...signed });
      return { token, token_type: 'bearer', expires_at: expiresAt.toISOString(), address: rawAddress };
    },
  };
}
