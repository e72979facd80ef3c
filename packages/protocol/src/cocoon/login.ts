/** Login with a TON wallet. Source: seed 001, "Authentication"; contract/cocoon.md, "Access". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Instant } from '../schemas.ts';

export const loginEndpoints = endpoints({
  getLoginPayload: {
    method: 'GET',
    path: '/api/v1/auth/ton/payload',
    summary: 'What a wallet is to sign, once and within 15 minutes.',
    auth: 'none',
    status: 200,
    response: Type.Object({ payload: Type.String(), expires_at: Instant }),
  },
  loginWithWallet: {
    method: 'POST',
    path: '/api/v1/auth/ton',
    summary: "Turn TON Connect's ton_proof into a token, to be sent as `Authorization: Bearer`.",
    auth: 'none',
    body: Type.Object({
      address: Type.String({ maxLength: 80, description: 'Raw, as the wallet says it.' }),
      proof: Type.Object({
        timestamp: Type.Integer({ minimum: 0, maximum: 100_000_000_000, description: 'Seconds since 1970.' }),
        domain: Type.Object({
          lengthBytes: Type.Integer({ minimum: 0, maximum: 1000 }),
          value: Type.String({ maxLength: 253 }),
        }),
        payload: Type.String({ maxLength: 200 }),
        signature: Type.String({ maxLength: 100 }),
        state_init: Type.String({ maxLength: 10_000, description: "The wallet's walletStateInit, in base64." }),
      }),
    }),
    status: 200,
    response: Type.Object({
      token: Type.String(),
      token_type: Type.Literal('bearer'),
      expires_at: Instant,
      address: Type.String(),
    }),
    errors: { 422: 'The proof does not hold' },
  },
});
