/** Participants of the fleet. Source: seed 001, "Participants"; contract/cocoon.md, "Participant". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Instant, Nullable } from '../schemas.ts';
import { FleetId, FORBIDDEN, OptionalText, Paging, Ton } from './common.ts';

/** Raw, or friendly in either alphabet of base64; whether the checksum is right is looked at afterwards. */
const Wallet = Type.String({
  pattern: '^((0|-1):[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{48})$',
  description: 'A TON address in any of its forms.',
});

const Participant = Type.Object({
  ton_wallet_address: Type.String(),
  telegram_user_id: Nullable(Type.Integer()),
  username: Nullable(Type.String()),
  email: Nullable(Type.String()),
  id: Type.Integer(),
  is_active: Type.Boolean(),
  is_operator: Type.Boolean(),
  created_at: Instant,
  updated_at: Instant,
  total_workers: Type.Integer(),
  active_workers: Type.Integer(),
  total_revenue_ton: Ton,
  total_payouts: Type.Integer(),
  last_payout_date: Nullable(Instant),
});

/** Source: seed 001, "Participants". */
const EXAMPLE = {
  ton_wallet_address: 'UQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p9dz',
  telegram_user_id: 123_456_789,
  username: 'user123',
  email: 'user@example.com',
};

const errors = { 403: FORBIDDEN, 404: 'Participant not found' };

export const participantEndpoints = endpoints({
  listParticipants: {
    method: 'GET',
    path: '/api/v1/participants',
    summary: 'List participants. Operators see all, others themselves.',
    auth: 'key',
    query: Type.Object(Paging(1000)),
    status: 200,
    response: Type.Array(Participant),
  },
  getParticipant: {
    method: 'GET',
    path: '/api/v1/participants/{participant_id}',
    summary: 'Get a participant.',
    auth: 'key',
    params: Type.Object({ participant_id: FleetId }),
    status: 200,
    response: Participant,
    errors,
  },
  createParticipant: {
    method: 'POST',
    path: '/api/v1/participants',
    summary: 'Register a participant.',
    description: 'Operators register anybody; who has logged in with a TON wallet registers that one.',
    auth: 'key',
    idempotent: true,
    creates: 'id',
    body: Type.Object(
      {
        ton_wallet_address: Wallet,
        telegram_user_id: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))),
        username: OptionalText(100),
        email: Type.Optional(Nullable(Type.String({ format: 'email', maxLength: 254 }))),
        is_operator: Type.Optional(
          Type.Boolean({ description: 'Whether this wallet may read and write all of the fleet. For operators.' }),
        ),
      },
      { examples: [EXAMPLE] },
    ),
    status: 201,
    response: Participant,
    errors: { 400: 'Wallet address already registered', 403: FORBIDDEN },
  },
  getParticipantByWallet: {
    method: 'GET',
    path: '/api/v1/participants/wallet/{wallet_address}',
    summary: 'Get a participant by any form of its wallet address.',
    auth: 'key',
    params: Type.Object({ wallet_address: Wallet }),
    status: 200,
    response: Participant,
    errors,
  },
});
