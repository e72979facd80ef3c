import type { Plexus } from '@plexus/sdk';
import { parseTon } from '@plexus/protocol';
import type { PayoutBook, PlanView } from '@plexus/ton';
import type { PriceSource } from './price-source.ts';

export type Plan = Awaited<ReturnType<Plexus['payoutPlans']['getPayoutPlan']>>;

interface BookOptions {
  readonly planId: string;
  readonly priceOf: PriceSource;
  readonly signal: AbortSignal;
}

/** A plan that a coordinator keeps, as the sender of payments needs it. */
export function remoteBook(
  { payoutPlans }: Pick<Plexus, 'payoutPlans'>,
  { planId, priceOf, signal }: BookOptions,
): PayoutBook {
  const params = { plan_id: planId };
  const read = (): Promise<Plan> => payoutPlans.getPayoutPlan({ params }, { signal });
  return {
    read: async () => viewOf(await read()),

    async sign(message) {
      const { revision } = await read();
      const body = {
        revision,
        participant_ids: [...message.participantIds],
        from: message.from,
        seqno: message.seqno,
        valid_until: message.validUntil.toISOString(),
        boc: message.boc,
        message_hash: message.messageHash,
      };
      await payoutPlans.signPayout({ params, body }, { signal });
    },

    async confirm({ messageHash }, { hash, at }, paid) {
      const usdPerTon = await priceOf();
      const { revision } = await read();
      const fate = { state: 'confirmed', transaction_hash: hash, transaction_time: at.toISOString() } as const;
      const price = usdPerTon === undefined ? {} : { usd_per_ton: usdPerTon };
      const body = { revision, ...fate, ...price, paid: [...paid] };
      await payoutPlans.settlePayout({ params: { ...params, message_hash: messageHash }, body }, { signal });
    },

    async expire({ messageHash }) {
      const { revision } = await read();
      const body = { revision, state: 'expired' } as const;
      await payoutPlans.settlePayout({ params: { ...params, message_hash: messageHash }, body }, { signal });
    },
  };
}

function viewOf({ id, shares, messages }: Plan): PlanView {
  const all = shares.map(({ participant_id: participantId, wallet, amount_ton: amount }) => ({
    participantId,
    wallet,
    amount: parseTon(amount),
  }));
  const underWay = messages.filter(({ state }) => state !== 'expired');
  const taken = new Set(underWay.flatMap(({ participant_ids: ids }) => ids));
  const pending = messages.find(({ state }) => state === 'signed');
  return {
    id,
    shares: all,
    unpaid: all.filter(({ participantId }) => !taken.has(participantId)),
    ...(pending && {
      pending: {
        participantIds: pending.participant_ids,
        from: pending.from,
        seqno: pending.seqno,
        validUntil: new Date(pending.valid_until),
        boc: pending.boc,
        messageHash: pending.message_hash,
      },
    }),
  };
}
