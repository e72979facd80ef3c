import { type Authenticator, DomainError, type PayoutPlan, type PayoutPlanService } from '@plexus/core';
import { formatTon, type Output, payoutPlanEndpoints, tonToNano } from '@plexus/protocol';
import type { FastifyPluginAsync } from 'fastify';
import type { Handlers } from '../dialect.ts';
import { createRateLimiter, DEFAULT_RATE_LIMITS, type RateLimits } from '../rate-limit.ts';
import { registerRoutes } from '../register-routes.ts';
import { plexusErrors } from './errors.ts';
import { toDate } from './instant.ts';

export interface PayoutPlanDeps {
  readonly plans: PayoutPlanService;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly rateLimits?: RateLimits;
}

/** Plans of payouts, under /plexus/v1. */
export const payoutPlans: FastifyPluginAsync<{ deps: PayoutPlanDeps }> = async (app, { deps }) => {
  const { authenticator, rateLimits = DEFAULT_RATE_LIMITS } = deps;
  const gate = { authenticator, limiter: createRateLimiter(rateLimits) };
  registerRoutes(app, payoutPlanEndpoints, planHandlers(deps), { gate, errors: plexusErrors });
};

function planHandlers({ plans }: Pick<PayoutPlanDeps, 'plans'>): Handlers<typeof payoutPlanEndpoints> {
  return {
    async planPayouts({ body }, { caller }) {
      const { period_start: start, period_end: end, share_basis_points: shareBasisPoints = 10_000 } = body;
      const minimum = minimumOf(body.minimum_ton ?? 0.01);
      const rules = { shareBasisPoints, minimum };
      const periodStart = toDate(start, 'period_start');
      return toPlan(await plans.plan(caller, { periodStart, periodEnd: toDate(end, 'period_end'), rules }));
    },

    async listPayoutPlans({ query: { limit = 50, offset = 0 } }, { caller }) {
      return (await plans.list(caller, { limit, offset })).map(toPlan);
    },

    async getPayoutPlan({ params }, { caller }) {
      return toPlan(await plans.get(caller, params.plan_id));
    },

    async cancelPayoutPlan({ params, body }, { caller }) {
      return toPlan(await plans.cancel(caller, params.plan_id, body.revision));
    },

    async signPayout({ params, body }, { caller }) {
      const message = {
        participantIds: body.participant_ids,
        from: body.from,
        seqno: body.seqno,
        validUntil: toDate(body.valid_until, 'valid_until'),
        boc: body.boc,
        messageHash: body.message_hash,
      };
      return toPlan(await plans.sign(caller, params.plan_id, body.revision, message));
    },

    async settlePayout({ params, body }, { caller }) {
      const { state, transaction_hash: transactionHash, transaction_time: time, paid, usd_per_ton: price } = body;
      const fate = {
        messageHash: params.message_hash,
        state,
        ...(transactionHash !== undefined && { transactionHash }),
        ...(time !== undefined && { transactionAt: toDate(time, 'transaction_time') }),
        ...(paid && { paid }),
        ...(price !== undefined && { usdMicroPerTon: BigInt(Math.round(price * 1_000_000)) }),
      };
      return toPlan(await plans.settle(caller, params.plan_id, body.revision, fate));
    },
  };
}

/** @throws {DomainError} INVALID_INPUT */
function minimumOf(ton: number): bigint {
  const nano = tonToNano(ton);
  if (nano !== undefined) return nano;
  throw new DomainError('INVALID_INPUT', 'minimum_ton has more than 9 decimal places', { field: 'minimum_ton' });
}

function toPlan(plan: PayoutPlan): Output<typeof payoutPlanEndpoints.getPayoutPlan> {
  return {
    id: plan.id,
    revision: plan.revision,
    state: plan.state,
    period_start: plan.periodStart.toISOString(),
    period_end: plan.periodEnd.toISOString(),
    share_basis_points: plan.rules.shareBasisPoints,
    minimum_ton: formatTon(plan.rules.minimum),
    shares: plan.shares.map(({ participantId, wallet, revenue, carried, amount, requests }) => ({
      participant_id: participantId,
      wallet,
      revenue_ton: formatTon(revenue),
      carried_ton: formatTon(carried),
      amount_ton: formatTon(amount),
      requests,
    })),
    carried: plan.carried.map(({ participantId, amount }) => ({
      participant_id: participantId,
      amount_ton: formatTon(amount),
    })),
    messages: plan.messages.map((message) => ({
      state: message.state,
      participant_ids: [...message.participantIds],
      from: message.from,
      seqno: message.seqno,
      valid_until: message.validUntil.toISOString(),
      boc: message.boc,
      message_hash: message.messageHash,
      transaction_hash: message.transactionHash ?? null,
    })),
    created_at: plan.createdAt.toISOString(),
  };
}
