import type { JobState } from '../jobs/job.ts';
import type { FeedEvent, JobUpdate, MarketplaceUpdate, ReceiptCreated } from './feed-event.ts';

/**
 * The events of one commit as one text: for each job `[job, account, node, mark, time, mark, time, …]`, because most
 * commits hold several events of each of several jobs. A mark is a state's letter, a percentage, or a receipt's.
 */
const STATE_MARKS: Readonly<Record<JobState, string>> = {
  queued: 'q',
  running: 'r',
  completed: 'c',
  failed: 'f',
  cancelled: 'x',
  timed_out: 't',
};
const RECEIPT_MARK = 'R';
const STATES = new Map(Object.entries(STATE_MARKS).map(([state, mark]) => [mark, state as JobState]));

type Mark = string | number;
type JobItem = [jobId: string, accountId: string, nodeId: string | null, ...marks: Mark[]];
type MarketplaceItem = Omit<MarketplaceUpdate, 'at' | 'type'> & { readonly at: number };
type Item = JobItem | MarketplaceItem;

export function feedText(events: readonly FeedEvent[]): string {
  const items: Item[] = [];
  let open: JobItem | undefined;
  for (const event of events) {
    if (event.type === 'marketplace_update') {
      const { type: _, at, ...rest } = event;
      items.push({ ...rest, at: at.getTime() });
      open = undefined;
    } else {
      if (!open || !takes(open, event)) items.push((open = [event.jobId, event.accountId, null]));
      if (event.type === 'job_update') open[2] ??= event.nodeId ?? null;
      open.push(markOf(event), event.at.getTime());
    }
  }
  return JSON.stringify(items);
}

export function readFeedText(text: string): readonly FeedEvent[] {
  // Only `feedText` writes it.
  const items = JSON.parse(text) as readonly Item[];
  return items.flatMap((item) => (Array.isArray(item) ? readJobItem(item) : [readMarketplaceItem(item)]));
}

/** Whether an event can be told in the same item: of the same job, and of no other node. */
function takes(item: JobItem, event: JobUpdate | ReceiptCreated): boolean {
  if (event.jobId !== item[0] || event.accountId !== item[1]) return false;
  if (event.type === 'receipt_created' || event.state === 'queued') return true;
  const nodeId = item[2] ?? undefined;
  return event.nodeId === nodeId || (nodeId === undefined && marksOf(item).every(isNodeless));
}

function marksOf(item: JobItem): readonly (Mark | null)[] {
  return item.slice(3).filter((_, index) => index % 2 === 0);
}

/** These events never name a node. */
function isNodeless(mark: Mark | null): boolean {
  return mark === RECEIPT_MARK || mark === STATE_MARKS.queued;
}

function markOf(event: JobUpdate | ReceiptCreated): Mark {
  if (event.type === 'receipt_created') return RECEIPT_MARK;
  return event.progressPercent ?? STATE_MARKS[event.state];
}

function readJobItem([jobId, accountId, nodeId, ...marks]: JobItem): readonly FeedEvent[] {
  const events: FeedEvent[] = [];
  for (let index = 0; index < marks.length; index += 2) {
    const mark = marks[index] ?? '';
    const at = new Date(Number(marks[index + 1]));
    if (mark === RECEIPT_MARK) events.push({ type: 'receipt_created', accountId, jobId, at });
    else
      events.push(readUpdate({ jobId, accountId, at, ...(nodeId !== null && !isNodeless(mark) && { nodeId }) }, mark));
  }
  return events;
}

function readUpdate(common: Omit<JobUpdate, 'type' | 'state'>, mark: Mark): JobUpdate {
  if (typeof mark === 'number') return { type: 'job_update', state: 'running', progressPercent: mark, ...common };
  const state = STATES.get(mark);
  if (state === undefined) throw new RangeError(`The feed has no mark "${mark}"`);
  return { type: 'job_update', state, ...common };
}

function readMarketplaceItem({ at, ...rest }: MarketplaceItem): MarketplaceUpdate {
  return { type: 'marketplace_update', ...rest, at: new Date(at) };
}
