import type { Job, Priority } from './job.ts';
import type { LiveJob } from './live-job.ts';

/** How long a job of higher rank may overtake those that came before it: so nobody is overtaken for ever. */
const HEAD_START_MS: Readonly<Record<Priority, number>> = { high: 60_000, normal: 0, low: -60_000 };

/** Jobs that any node fits alike, by their priority in order of arrival. */
export class WaitingKind {
  readonly name: string;
  private readonly ranks: Readonly<Record<Priority, Set<LiveJob>>> = {
    high: new Set(),
    normal: new Set(),
    low: new Set(),
  };

  constructor(name: string) {
    this.name = name;
  }

  get isEmpty(): boolean {
    return this.head === undefined;
  }

  /** Whose turn it is. */
  get head(): LiveJob | undefined {
    let best: LiveJob | undefined;
    for (const waiting of Object.values(this.ranks)) {
      const [first] = waiting;
      if (first && (!best || turnOf(first) < turnOf(best))) best = first;
    }
    return best;
  }

  /** The place in time of the one whose turn it is: its arrival less its head start. */
  get turn(): number {
    const { head } = this;
    return head ? turnOf(head) : Infinity;
  }

  add(live: LiveJob): void {
    this.ranks[priorityOf(live)].add(live);
  }

  delete(live: LiveJob): void {
    this.ranks[priorityOf(live)].delete(live);
  }
}

/** All that the scheduler looks at, as one text. */
export function kindOf({ job, tried, stream }: LiveJob): string {
  const { params, demands: { features, only, ignore, resources } = {} } = job;
  const begun = stream?.hasPieces ? stream.model : undefined;
  const asked = [params['model'], params['source_language'], params['target_language'], params['containers']];
  const wishes = [features, only, ignore, resources];
  return JSON.stringify([asked, wishes, bargainOf(job), begun, [...tried].toSorted()]);
}

/** What a node may ask of the job is looked at unless that was settled before. */
function bargainOf({ demands: { offerId, agreed } = {}, unitPrice }: Job): string {
  if (offerId !== undefined) return 'offered';
  return agreed ? 'agreed' : String(unitPrice);
}

function turnOf(live: LiveJob): number {
  return live.job.createdAt.getTime() - HEAD_START_MS[priorityOf(live)];
}

function priorityOf({ job }: LiveJob): Priority {
  return job.demands?.priority ?? 'normal';
}
