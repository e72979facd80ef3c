/** Payouts to participants. Source: seed 001, "Payouts"; contract/cocoon.md, "Payout", "Summary", "Tax CSV". */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Instant, Nullable } from '../schemas.ts';
import { FleetId, FORBIDDEN, NewInstant, NewTon, Paging, Ton } from './common.ts';

const Payout = Type.Object({
  transaction_hash: Type.String(),
  amount_ton: Ton,
  amount_usd: Nullable(Type.Number()),
  from_address: Type.String(),
  to_address: Type.String(),
  transaction_time: Instant,
  id: Type.Integer(),
  participant_id: Type.Integer(),
  confirmed: Type.Boolean(),
  confirmations: Type.Integer(),
  block_number: Nullable(Type.Integer()),
  period_start: Nullable(Instant),
  period_end: Nullable(Instant),
  total_requests: Nullable(Type.Integer()),
  total_compute_time_seconds: Nullable(Type.Number()),
  unverified: Type.Boolean({ description: 'Whether an address is not one of TON, so that nobody can look it up.' }),
  created_at: Instant,
});

const Summary = Type.Object({
  participant_id: Type.Integer(),
  ton_wallet_address: Type.String(),
  total_payouts: Type.Integer(),
  confirmed_payouts: Type.Integer(),
  total_amount_ton: Ton,
  total_amount_usd: Nullable(Type.Number()),
  first_payout: Nullable(Instant),
  last_payout: Nullable(Instant),
});

const Address = Type.String({ minLength: 1, maxLength: 200 });
const OptionalInstant = Type.Optional(Nullable(NewInstant));
const OptionalCount = Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })));

/** Source: seed 001, "Payouts". */
const EXAMPLE = {
  participant_id: 1,
  transaction_hash: 'abc123...',
  amount_ton: 25.5,
  amount_usd: 89.25,
  from_address: 'UQPool...',
  to_address: 'UQParticipant...',
  transaction_time: '2025-01-15T10:30:00Z',
  period_start: '2025-01-08T00:00:00Z',
  period_end: '2025-01-15T00:00:00Z',
};

export const payoutEndpoints = endpoints({
  listPayouts: {
    method: 'GET',
    path: '/api/v1/payouts',
    summary: 'List payouts, the newest transaction first. Operators see all, participants their own.',
    auth: 'key',
    query: Type.Object({
      participant_id: Type.Optional(FleetId),
      confirmed: Type.Optional(Type.Boolean()),
      ...Paging(100),
    }),
    status: 200,
    response: Type.Array(Payout),
    errors: { 403: FORBIDDEN },
  },
  getPayout: {
    method: 'GET',
    path: '/api/v1/payouts/{payout_id}',
    summary: 'Get a payout.',
    auth: 'key',
    params: Type.Object({ payout_id: FleetId }),
    status: 200,
    response: Payout,
    errors: { 403: FORBIDDEN, 404: 'Payout not found' },
  },
  createPayout: {
    method: 'POST',
    path: '/api/v1/payouts',
    summary: 'Record a payout that was made. For operators.',
    auth: 'key',
    idempotent: true,
    creates: 'id',
    body: Type.Object(
      {
        participant_id: FleetId,
        transaction_hash: Type.String({ minLength: 1, maxLength: 200 }),
        amount_ton: NewTon,
        amount_usd: Type.Optional(Nullable(Type.Number({ minimum: 0, maximum: 1_000_000_000_000 }))),
        from_address: Address,
        to_address: Address,
        transaction_time: NewInstant,
        period_start: OptionalInstant,
        period_end: OptionalInstant,
        block_number: OptionalCount,
        total_requests: OptionalCount,
        total_compute_time_seconds: Type.Optional(
          Nullable(Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
        ),
      },
      { examples: [EXAMPLE] },
    ),
    status: 201,
    response: Payout,
    errors: { 400: 'Transaction already recorded', 403: FORBIDDEN, 404: 'Participant not found' },
  },
  getPayoutSummary: {
    method: 'GET',
    path: '/api/v1/payouts/participant/{participant_id}/summary',
    summary: "A participant's payouts, added up.",
    auth: 'key',
    params: Type.Object({ participant_id: FleetId }),
    status: 200,
    response: Summary,
    errors: { 403: FORBIDDEN, 404: 'Participant not found' },
  },
  exportTaxReport: {
    method: 'GET',
    path: '/api/v1/payouts/export/tax-report',
    summary: 'Payouts as CSV for tax reporting, oldest first.',
    auth: 'key',
    query: Type.Object({
      participant_id: Type.Optional(FleetId),
      year: Type.Optional(Type.Integer({ minimum: 1970, maximum: 9999, description: 'Of the transactions, in UTC.' })),
    }),
    status: 200,
    mediaType: 'text/csv',
    response: Type.String(),
    errors: { 403: FORBIDDEN, 404: 'Participant not found' },
  },
});
