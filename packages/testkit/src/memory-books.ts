import {
  type ApiKey,
  applyGroup,
  type Books,
  type BooksReader,
  type Claim,
  claimId,
  type Command,
  type DayCount,
  Draft,
  emptyDay,
  feedRow,
  hasEnded,
  type Job,
  type JobIdQuery,
  type LoadedState,
  type NodeRecord,
  type NodeScore,
  type Outcome,
  outcomeOf,
  reputationOf,
  withEnd,
} from '@plexus/core';
import { type Log, logReads } from './memory-log.ts';
import { type Market, offerReads } from './memory-offers.ts';
import { emptyFleet, fleetReads, type FleetShelf, keepFleet } from './memory-fleet.ts';
import { feedReads, lastEvent, type News, webhookReads } from './memory-news.ts';
import { type Deeds, emptyDeeds, keepDeeds, proofReads } from './memory-proofs.ts';
import { emptyWallets, keepWallets, type Purses, walletReads } from './memory-wallets.ts';
import { compare, firstById, newestFirst } from './paging.ts';

/** All that the books hold. */
interface Shelf extends News, Log, Deeds, Purses, Market, FleetShelf {
  readonly keys: Map<string, ApiKey>;
  readonly jobClaims: Map<string, string>;
  readonly nodes: Map<string, NodeRecord>;
  readonly scores: Map<string, NodeScore>;
  readonly claims: Map<string, Claim>;
  readonly ratings: Map<string, number>;
}

/** Books for tests: the same rules, each command applied at once, gone with the process. */
export function createMemoryBooks(): Books {
  const shelf: Shelf = {
    keys: new Map(),
    jobs: new Map(),
    jobClaims: new Map(),
    nodes: new Map(),
    scores: new Map(),
    claims: new Map(),
    ratings: new Map(),
    leaves: [],
    tiles: new Map(),
    treeHeads: new Map(),
    feed: [],
    deliveries: new Map(),
    webhookSecrets: new Map(),
    ...emptyDeeds(),
    ...emptyWallets(),
    offers: new Map(),
    acceptances: new Map(),
    ...emptyFleet(),
  };
  let closed = false;
  const commitAll = async (commands: readonly Command[]): Promise<Outcome> => {
    if (closed) throw new Error('The books are closed');
    return commitNow(shelf, commands);
  };
  return {
    isSoleWriter: true,
    commit: (command) => commitAll([command]),
    commitAll,
    read: {
      ...moneyReads(shelf),
      ...jobReads(shelf),
      ...nodeReads(shelf),
      ...logReads(shelf),
      ...feedReads(shelf),
      ...webhookReads(shelf),
      ...walletReads(shelf),
      ...proofReads(shelf),
      ...offerReads(shelf),
      ...fleetReads(shelf),
    },
    close: async () => void (closed = true),
  };
}

function commitNow(shelf: Shelf, commands: readonly Command[]): Outcome {
  const loaded: LoadedState = { ...shelf, leafCount: shelf.leaves.length };
  const draft = new Draft(loaded);
  const applied = applyGroup(draft, commands);
  if (!applied.ok) throw applied.error;
  refuseTakenHashes(shelf, draft);
  const outcome = outcomeOf(draft, applied);
  keep(shelf, draft);
  return outcome;
}

/** What a database does by a unique index. */
function refuseTakenHashes(shelf: Shelf, draft: Draft): void {
  for (const { id, hash } of draft.keys.values()) {
    const others = [...shelf.keys.values(), ...draft.keys.values()];
    if (others.some((other) => other.hash === hash && other.id !== id)) throw new Error('Two keys have one hash');
  }
}

function keep(shelf: Shelf, draft: Draft): void {
  merge(shelf.accounts, draft.accounts);
  merge(shelf.keys, draft.keys);
  for (const [id, { job, receiptIndex }] of draft.newJobs) {
    shelf.jobs.set(id, receiptIndex === undefined ? job : { ...job, receiptIndex });
  }
  merge(shelf.jobClaims, draft.jobClaims);
  merge(shelf.nodes, draft.nodes);
  merge(shelf.scores, draft.scores);
  merge(shelf.claims, draft.claims);
  merge(shelf.tiles, draft.tiles);
  merge(shelf.treeHeads, draft.treeHeads);
  merge(shelf.deliveries, draft.deliveries);
  merge(shelf.webhookSecrets, draft.webhookSecrets);
  keepWallets(shelf, draft);
  keepDeeds(shelf, draft);
  merge(shelf.offers, draft.offers);
  merge(shelf.acceptances, draft.acceptances);
  keepFleet(shelf, draft);
  for (const [jobId, { rating }] of draft.ratings) shelf.ratings.set(jobId, rating);
  for (const [id, change] of draft.changedJobs) {
    const job = shelf.jobs.get(id);
    if (job) shelf.jobs.set(id, { ...job, ...change });
  }
  for (const transfer of draft.transfers) shelf.entries.push({ ...transfer, sequence: shelf.entries.length + 1 });
  shelf.leaves.push(...draft.leaves.values());
  const row = feedRow(draft.events, lastEvent(shelf), draft.skippedEvents);
  if (row.count > 0) shelf.feed.push(row);
}

function merge<K, V>(into: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) into.set(key, value);
}

type Reads<M extends keyof BooksReader> = Pick<BooksReader, M>;

function moneyReads(
  shelf: Shelf,
): Reads<'findAccount' | 'findKey' | 'findKeyByHash' | 'listKeys' | 'listEntries' | 'findClaim' | 'totals'> {
  return {
    findAccount: async (id) => shelf.accounts.get(id),
    findKey: async (id) => shelf.keys.get(id),
    findKeyByHash: async (hash) => [...shelf.keys.values()].find((key) => key.hash === hash),
    async listKeys(accountId, page) {
      const own = [...shelf.keys.values()].filter((key) => key.accountId === accountId);
      return newestFirst(own, page, (key) => key.id);
    },
    async listEntries(accountId, { visible }, page) {
      const own = shelf.entries.filter(
        ({ kind, debit, credit }) =>
          (debit.accountId === accountId || credit.accountId === accountId) &&
          !(visible && (kind === 'hold' || kind === 'release')),
      );
      return newestFirst(own, page, ({ sequence }) => sequence);
    },
    async findClaim(accountId, key) {
      const claim = shelf.claims.get(claimId(accountId, key));
      return claim && { requestHash: claim.requestHash, answer: claim.answer };
    },
    async totals() {
      const accounts = [...shelf.accounts.values()];
      const open = [...shelf.jobs.values()].filter(({ state }) => !hasEnded(state));
      return {
        sum: total(accounts, ({ available, held, staked, cooling }) => available + held + staked + cooling),
        held: total(accounts, ({ held }) => held),
        openHolds: total(open, ({ hold }) => hold),
        openJobs: open.length,
      };
    },
  };
}

function jobReads(
  shelf: Shelf,
): Reads<
  | 'findJob'
  | 'findJobByIdempotencyKey'
  | 'listJobs'
  | 'pageJobs'
  | 'listJobIds'
  | 'listOpenJobs'
  | 'countJobs'
  | 'sumDays'
> {
  const jobs = (): Job[] => [...shelf.jobs.values()];
  return {
    findJob: async (id) => shelf.jobs.get(id),
    async findJobByIdempotencyKey(accountId, key) {
      return jobs().find((job) => job.accountId === accountId && job.idempotencyKey === key);
    },
    async listJobs({ accountId, state }, page) {
      const found = jobs().filter(
        (job) => (accountId ?? job.accountId) === job.accountId && (state ?? job.state) === job.state,
      );
      return newestFirst(found, page, ({ id }) => id);
    },
    async pageJobs(accountId, { states, service }, { limit, offset }) {
      const found = jobs().filter(
        (job) =>
          job.accountId === accountId &&
          (service ?? job.service) === job.service &&
          (states?.includes(job.state) ?? true),
      );
      const newest = found.toSorted((a, b) => compare(b.id, a.id));
      return { jobs: newest.slice(offset, offset + limit), total: found.length };
    },
    listJobIds: async (query) => idsOf(jobs(), query),
    async listOpenJobs(page) {
      const open = jobs().filter(({ state }) => !hasEnded(state));
      return firstById(open, page);
    },
    countJobs: async (day) => jobs().filter(({ createdAt }) => createdAt.toISOString().startsWith(day)).length,
    async sumDays() {
      const { day: _day, ...sums } = jobs().reduce(counted, emptyDay(0));
      return sums;
    },
  };
}

function idsOf(jobs: readonly Job[], { accountId, service, states, after, limit }: JobIdQuery): readonly string[] {
  const found = jobs.filter(
    (job) => job.accountId === accountId && job.service === service && states.includes(job.state),
  );
  const ids = found.filter(({ id, state }) => !hasEnded(state) || id > after).map(({ id }) => id);
  return ids.toSorted((a, b) => compare(b, a)).slice(0, limit);
}

/** Counts what a job left in the books. */
function counted(sums: DayCount, { state, cost, createdAt, endedAt }: Job): DayCount {
  const opened = { ...sums, opened: sums.opened + 1 };
  if (!endedAt) return opened;
  const completionMs = Math.max(0, endedAt.getTime() - createdAt.getTime());
  return withEnd({ ...opened, volume: opened.volume + cost }, state, completionMs);
}

function nodeReads(shelf: Shelf): Reads<'findNode' | 'listNodes' | 'listNodesOf' | 'findScore' | 'listScores'> {
  return {
    findNode: async (id) => shelf.nodes.get(id),
    listNodes: async (page) => firstById([...shelf.nodes.values()], page),
    async listNodesOf(accountId, limit) {
      const isOwn = (node: NodeRecord): boolean =>
        node.accountId === accountId || shelf.accounts.get(node.accountId)?.ownerId === accountId;
      return firstById([...shelf.nodes.values()].filter(isOwn), { limit });
    },
    findScore: async (nodeId) => shelf.scores.get(nodeId),
    async listScores(limit) {
      const byReputation = (a: NodeScore, b: NodeScore): number =>
        reputationOf(b) - reputationOf(a) || compare(a.nodeId, b.nodeId);
      return [...shelf.scores.values()].toSorted(byReputation).slice(0, limit);
    },
  };
}

function total<T>(items: readonly T[], amountOf: (item: T) => bigint): bigint {
  return items.reduce((sum, item) => sum + amountOf(item), 0n);
}
