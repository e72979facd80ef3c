import type { FleetReader } from './fleet-reader.ts';
import type { LiveWorkers } from './fleet-deps.ts';
import { type PayoutRules, type PayoutShare, shareOf } from './payout-plan.ts';
import { createSeriesReads } from './series-reads.ts';
import { statsSince } from './worker-stats.ts';

export interface ShareDeps {
  readonly books: { readonly read: FleetReader };
  readonly live: Pick<LiveWorkers, 'points'>;
  readonly clock: () => Date;
}

interface Period {
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly rules: PayoutRules;
}

const PAGE = 1000;

/** What participants are owed for what their workers earned in TON in a period; who is owed too little is left out. */
export async function sharesOf(
  deps: ShareDeps,
  { periodStart, periodEnd, rules }: Period,
): Promise<readonly PayoutShare[]> {
  const { read } = deps.books;
  const earned = new Map<number, { revenue: bigint; requests: number }>();
  const series = createSeriesReads({ read, live: deps.live, clock: deps.clock });
  for (let offset = 0; ; offset += PAGE) {
    const workers = await read.listWorkers({}, { limit: PAGE, offset });
    for (const { id, participantId } of workers) {
      const points = (await series.since(id, periodStart)).filter(({ at }) => at < periodEnd);
      const { revenue = 0, requests = 0 } = statsSince(points, periodStart) ?? {};
      const before = earned.get(participantId) ?? { revenue: 0n, requests: 0 };
      earned.set(participantId, { revenue: before.revenue + BigInt(revenue), requests: before.requests + requests });
    }
    if (workers.length < PAGE) break;
  }
  const shares: PayoutShare[] = [];
  for (const [participantId, { revenue, requests }] of [...earned].toSorted(([a], [b]) => a - b)) {
    const participant = await read.findParticipant(participantId);
    const amount = shareOf(revenue, rules);
    if (!participant || amount <= 0n || amount < rules.minimum) continue;
    shares.push({ participantId, wallet: participant.wallet, revenue, amount, requests });
  }
  return shares;
}
