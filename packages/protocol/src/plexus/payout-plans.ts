/** Plans of payouts in TON: who gets how much for a period, and the signed messages that pay it. For operators. */
import Type from 'typebox';
import { endpoints } from '../endpoint.ts';
import { Id, Instant, Nullable } from './common.ts';

const TonText = Type.String({ description: 'TON as decimal text, at most 9 places.' });
const Hex = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Revision = Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Of the plan as it was looked at.' });
const Seqno = Type.Integer({ minimum: 0, maximum: 4_294_967_295 });
const Participants = Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
  minItems: 1,
  maxItems: 255,
});

const Message = Type.Object({
  state: Type.Union([Type.Literal('signed'), Type.Literal('confirmed'), Type.Literal('expired')]),
  participant_ids: Type.Array(Type.Integer()),
  from: Type.String(),
  seqno: Type.Integer(),
  valid_until: Instant,
  boc: Type.String({ description: 'The external message, in base64.' }),
  message_hash: Type.String(),
  transaction_hash: Nullable(Type.String()),
});

const Plan = Type.Object({
  id: Type.String(),
  revision: Type.Integer(),
  state: Type.Union([
    Type.Literal('planned'),
    Type.Literal('sending'),
    Type.Literal('done'),
    Type.Literal('cancelled'),
  ]),
  period_start: Instant,
  period_end: Instant,
  share_basis_points: Type.Integer(),
  minimum_ton: TonText,
  shares: Type.Array(
    Type.Object({
      participant_id: Type.Integer(),
      wallet: Type.String(),
      revenue_ton: TonText,
      carried_ton: Type.String({ description: 'What the plan before left, which is in the amount.' }),
      amount_ton: TonText,
      requests: Type.Integer(),
    }),
  ),
  carried: Type.Array(Type.Object({ participant_id: Type.Integer(), amount_ton: TonText }), {
    description: 'Less than the minimum: not sent, and on top of what the next plan owes.',
  }),
  messages: Type.Array(Message),
  created_at: Instant,
});

const params = Type.Object({ plan_id: Id });
const errors = { 403: "This needs an operator's key", 404: 'Plan does not exist', 409: 'It was changed meanwhile' };

export const payoutPlanEndpoints = endpoints({
  planPayouts: {
    method: 'POST',
    path: '/plexus/v1/payout-plans',
    summary: "Work out what participants are to be paid of their workers' revenue in a period; sends nothing.",
    auth: 'operator',
    body: Type.Object({
      period_start: Type.String({ format: 'date-time', description: 'On a whole hour.' }),
      period_end: Type.String({ format: 'date-time', description: 'On a whole hour, and over.' }),
      share_basis_points: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10_000, default: 10_000, description: 'Of the revenue, in 1/100 %.' }),
      ),
      minimum_ton: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1_000_000_000,
          default: 0.01,
          description: 'What is less is carried over.',
        }),
      ),
    }),
    status: 201,
    response: Plan,
    errors: { 403: errors[403], 409: errors[409], 422: 'The period is not over, or in another plan already' },
  },
  listPayoutPlans: {
    method: 'GET',
    path: '/plexus/v1/payout-plans',
    summary: 'List plans, newest first.',
    auth: 'operator',
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 })),
    }),
    status: 200,
    response: Type.Array(Plan),
  },
  getPayoutPlan: {
    method: 'GET',
    path: '/plexus/v1/payout-plans/{plan_id}',
    summary: 'Get a plan.',
    auth: 'operator',
    params,
    status: 200,
    response: Plan,
    errors,
  },
  cancelPayoutPlan: {
    method: 'POST',
    path: '/plexus/v1/payout-plans/{plan_id}/cancel',
    summary: 'Give up a plan of which nothing is signed: its period can be planned again.',
    auth: 'operator',
    params,
    body: Type.Object({ revision: Revision }),
    status: 200,
    response: Plan,
    errors,
  },
  signPayout: {
    method: 'POST',
    path: '/plexus/v1/payout-plans/{plan_id}/messages',
    summary: 'Write down a signed message before it is sent.',
    auth: 'operator',
    params,
    body: Type.Object({
      revision: Revision,
      participant_ids: Participants,
      from: Type.String({ minLength: 1, maxLength: 100 }),
      seqno: Seqno,
      valid_until: Type.String({ format: 'date-time' }),
      boc: Type.String({ minLength: 1, maxLength: 200_000 }),
      message_hash: Hex,
    }),
    status: 200,
    response: Plan,
    errors,
  },
  settlePayout: {
    method: 'POST',
    path: '/plexus/v1/payout-plans/{plan_id}/messages/{message_hash}',
    summary: 'Say what became of a message: the chain has it, or can take it no more.',
    auth: 'operator',
    params: Type.Object({ plan_id: Id, message_hash: Hex }),
    body: Type.Object({
      revision: Revision,
      state: Type.Union([Type.Literal('confirmed'), Type.Literal('expired')]),
      transaction_hash: Type.Optional(Hex),
      transaction_time: Type.Optional(Type.String({ format: 'date-time' })),
      usd_per_ton: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 1_000_000,
          description: 'The price at that time; without it nothing is said of the worth in USD.',
        }),
      ),
      paid: Type.Optional(
        Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
          maxItems: 255,
          description: 'The participants to whom the transaction really sent.',
        }),
      ),
    }),
    status: 200,
    response: Plan,
    errors,
  },
});
