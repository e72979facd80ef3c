import { taxReport, taxReportName } from '@plexus/core';
import { type cocoonEndpoints, type Input, nanoToTon } from '@plexus/protocol';
import type { Handlers } from '../dialect.ts';
import type { CocoonDeps } from './deps.ts';
import { given, instantOf, microOf, nanoOf } from './input.ts';
import { timeOf, toPayout, usdOf } from './views.ts';

type PayoutHandlers = Pick<
  Handlers<typeof cocoonEndpoints>,
  'listPayouts' | 'getPayout' | 'createPayout' | 'getPayoutSummary' | 'exportTaxReport'
>;

export function payoutHandlers({ payouts, clock }: Pick<CocoonDeps, 'payouts' | 'clock'>): PayoutHandlers {
  return {
    async listPayouts({ query }, { caller }) {
      const { participant_id: participantId, confirmed: isConfirmed, limit = 100, offset = 0 } = query;
      return (await payouts.list(caller, given({ participantId, isConfirmed }), { limit, offset })).map(toPayout);
    },

    async getPayout({ params }, { caller }) {
      return toPayout(await payouts.get(caller, params.payout_id));
    },

    async createPayout({ body }, { caller, idempotency }) {
      return toPayout(await payouts.create(caller, { ...requestOf(body), ...given({ idempotency }) }));
    },

    async getPayoutSummary({ params }, { caller }) {
      const { participant, sums } = await payouts.summary(caller, params.participant_id);
      return {
        participant_id: participant.id,
        ton_wallet_address: participant.wallet,
        total_payouts: sums.payouts,
        confirmed_payouts: sums.confirmed,
        total_amount_ton: nanoToTon(sums.amount),
        total_amount_usd: usdOf(sums.usdMicro),
        first_payout: timeOf(sums.firstAt),
        last_payout: timeOf(sums.lastAt),
      };
    },

    async exportTaxReport({ query: { participant_id: participantId, year } }, context) {
      const time = year === undefined ? {} : { from: startOf(year), before: startOf(year + 1) };
      const report = taxReport(await payouts.report(context.caller, { ...given({ participantId }), ...time }));
      context.setFileName(taxReportName(clock()));
      return report;
    },
  };
}

function requestOf(body: Input<(typeof cocoonEndpoints)['createPayout']>['body']) {
  const { amount_usd: usd, period_start: start, period_end: end } = body;
  const optional = {
    usdMicro: usd === undefined || usd === null ? undefined : BigInt(microOf(usd)),
    periodStart: start === undefined || start === null ? undefined : instantOf(start, 'period_start'),
    periodEnd: end === undefined || end === null ? undefined : instantOf(end, 'period_end'),
    blockNumber: body.block_number,
    totalRequests: body.total_requests,
    computeSeconds: body.total_compute_time_seconds,
  };
  return {
    participantId: body.participant_id,
    transactionHash: body.transaction_hash,
    amount: nanoOf(body.amount_ton, 'amount_ton'),
    fromAddress: body.from_address,
    toAddress: body.to_address,
    transactionAt: instantOf(body.transaction_time, 'transaction_time'),
    ...given(optional),
  };
}

/** The first instant of a year. */
function startOf(year: number): Date {
  return new Date(Date.UTC(year, 0));
}
