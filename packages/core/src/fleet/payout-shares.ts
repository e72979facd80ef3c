import type { FleetReader } from './fleet-reader.ts';
import type { LiveWorkers } from './fleet-deps.ts';
import { type Carried, divide, type Division, type PayoutRules, type PayoutShare, shareOf } from './payout-plan.ts';
import { createSeriesReads, type SeriesReads } from './series-reads.ts';
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

type Earned = Pick<PayoutShare, 'revenue' | 'requests'>;

/**
 * What participants are owed for what their workers earned in TON in a period, and for what the plan before left.
 *
 * @param before what the plan before left
 */
export async function divisionOf(deps: ShareDeps, period: Period, before: readonly Carried[]): Promise<Division> {
  const { read } = deps.books;
  const earned = await earnedIn(deps, period);
  const left = new Map(before.map(({ participantId, amount }) => [participantId, amount]));
  const owed: PayoutShare[] = [];
  for (const participantId of [...new Set([...earned.keys(), ...left.keys()])].toSorted((a, b) => a - b)) {
    const participant = await read.findParticipant(participantId);
    if (!participant) continue;
    const { revenue, requests } = earned.get(participantId) ?? { revenue: 0n, requests: 0 };
    const carried = left.get(participantId) ?? 0n;
    const amount = shareOf(revenue, period.rules) + carried;
    owed.push({ participantId, wallet: participant.wallet, revenue, carried, amount, requests });
  }
  return divide(owed, period.rules);
}

/** By participant. */
async function earnedIn(deps: ShareDeps, period: Period): Promise<ReadonlyMap<number, Earned>> {
  const { read } = deps.books;
  const earned = new Map<number, Earned>();
  const series = createSeriesReads({ read, live: deps.live, clock: deps.clock });
  for (let offset = 0; ; offset += PAGE) {
    const workers = await read.listWorkers({}, { limit: PAGE, offset });
    for (const { id, participantId } of workers) {
      const { revenue, requests } = await earnedBy(series, id, period);
      const before = earned.get(participantId) ?? { revenue: 0n, requests: 0 };
      earned.set(participantId, { revenue: before.revenue + revenue, requests: before.requests + requests });
    }
    if (workers.length < PAGE) return earned;
  }
}

/** What a worker did while nobody asked it counts from where its counters stood when it was asked last. */
async function earnedBy(series: SeriesReads, workerId: number, { periodStart, periodEnd }: Period): Promise<Earned> {
  const points = (await series.since(workerId, periodStart)).filter(({ at }) => at < periodEnd);
  const [first] = points;
  const base = first && first.at >= periodStart ? await series.lastBefore(workerId, periodStart) : undefined;
  const { revenue = 0, requests = 0 } = statsSince(base ? [base, ...points] : points, periodStart) ?? {};
  return { revenue: BigInt(revenue), requests };
}
