import {
  type Acceptance,
  type Account,
  type ApiKey,
  type Applied,
  applyGroup,
  type Claim,
  type Command,
  type Cooldown,
  type DayCount,
  type Delivery,
  Draft,
  emptyAccount,
  emptyDay,
  type Job,
  type JobHead,
  type Leaf,
  type LoadedState,
  type NodeRecord,
  type NodeScore,
  nothingTouched,
  type Stake,
  type Offer,
  type Touched,
  touchedBy,
  type Transfer,
  type WebhookSecret,
} from '@plexus/core';

export const NOON = new Date('2025-01-15T12:00:00.000Z');
export const CLIENTS = ['client_0', 'client_1'] as const;
export const [MINT, FEES, NODE_ACCOUNT, CUSTODY] = ['mint', 'fees', 'node_account', 'custody'] as const;
/** The first has no limit. */
export const KEYS = ['key_0', 'key_1'] as const;
export const KEY_LIMIT = 300n;

/** Books in maps, as a storage would keep them. */
export interface World {
  readonly accounts: Map<string, Account>;
  readonly keys: Map<string, ApiKey>;
  readonly jobs: Map<string, Job>;
  readonly jobClaims: Map<string, string>;
  readonly nodes: Map<string, NodeRecord>;
  readonly scores: Map<string, NodeScore>;
  readonly claims: Map<string, Pick<Claim, 'requestHash' | 'answer'>>;
  readonly ratings: Map<string, number>;
  readonly transfers: Transfer[];
  readonly leaves: Leaf[];
  /** Jobs by account, service and state. */
  readonly jobCounts: Map<string, number>;
  readonly days: Map<number, DayCount>;
  readonly deliveries: Map<string, Delivery>;
  readonly webhookSecrets: Map<string, WebhookSecret>;
  readonly addresses: Map<string, string>;
  readonly stakes: Map<string, Stake>;
  readonly cooldowns: Map<string, Cooldown>;
  readonly proofs: Map<string, unknown>;
  readonly offers: Map<string, Offer>;
  readonly acceptances: Map<string, Acceptance>;
}

/** Two clients with 500 each, one of them with a limited key, a node, fees, and the mint that gave it all. */
export function createWorld(): World {
  const opened = (id: string, kind: Account['kind']): Account => emptyAccount({ id, kind, name: id, createdAt: NOON });
  const accounts = [
    { ...opened(MINT, 'mint'), available: -1_000n },
    opened(FEES, 'fees'),
    opened(NODE_ACCOUNT, 'node'),
    opened(CUSTODY, 'custody'),
    ...CLIENTS.map((id) => ({ ...opened(id, 'client'), available: 500n })),
  ];
  const keys = KEYS.map((id, at): ApiKey => ({
    id,
    accountId: CLIENTS[0],
    hash: id,
    prefix: '',
    label: '',
    role: 'client',
    scopes: [],
    spent: 0n,
    createdAt: NOON,
    ...(at === 1 && { spendLimit: KEY_LIMIT }),
  }));
  const grants = CLIENTS.map((accountId): Transfer => ({
    kind: 'grant',
    debit: { accountId: MINT, part: 'available' },
    credit: { accountId, part: 'available' },
    amount: 500n,
    at: NOON,
  }));
  return {
    accounts: new Map(accounts.map((account) => [account.id, account])),
    keys: new Map(keys.map((key) => [key.id, key])),
    jobs: new Map(),
    jobClaims: new Map(),
    nodes: new Map(),
    scores: new Map(),
    claims: new Map(),
    ratings: new Map(),
    transfers: grants,
    leaves: [],
    jobCounts: new Map(),
    days: new Map(),
    deliveries: new Map(),
    webhookSecrets: new Map(),
    ...emptyWallets(),
    offers: new Map(),
    acceptances: new Map(),
  };
}

function emptyWallets(): Pick<World, 'addresses' | 'stakes' | 'cooldowns' | 'proofs'> {
  return { addresses: new Map(), stakes: new Map(), cooldowns: new Map(), proofs: new Map() };
}

/**
 * Only what the groups say they touch, as a storage loads it; and jobs whose ids are taken, which a storage refuses
 * by its primary key.
 */
function load(world: World, groups: readonly (readonly Command[])[]): LoadedState {
  const touched: Touched = nothingTouched();
  for (const group of groups) touchedBy(group, touched);
  for (const command of groups.flat()) if ('job' in command) touched.jobs.add(command.job.id);
  return {
    accounts: pick(world.accounts, touched.accounts),
    keys: pick(world.keys, touched.keys),
    jobs: pick<JobHead>(world.jobs, touched.jobs),
    nodes: pick(world.nodes, touched.nodes),
    scores: pick(world.scores, touched.scores),
    claims: pick(world.claims, touched.claims),
    jobClaims: pick(world.jobClaims, touched.jobClaims),
    ratings: pick(world.ratings, touched.ratings),
    deliveries: pick(world.deliveries, touched.deliveries),
    webhookSecrets: pick(world.webhookSecrets, touched.webhookSecrets),
    addresses: pick(world.addresses, touched.addresses),
    stakes: pick(world.stakes, touched.stakes),
    cooldowns: pick(world.cooldowns, touched.cooldowns),
    proofs: pick(world.proofs, touched.proofs),
    offers: pick(world.offers, touched.offers),
    acceptances: pick(world.acceptances, touched.acceptances),
    fleetCounters: new Map(),
    participants: new Map(),
    wallets: new Map(),
    workers: new Map(),
    nodeWorkers: new Map(),
    payoutHashes: new Map(),
    plans: new Map(),
    leafCount: world.leaves.length,
  };
}

function pick<V>(from: ReadonlyMap<string, V>, ids: ReadonlySet<string>): Map<string, V> {
  return new Map([...from].filter(([id]) => ids.has(id)));
}

/** Applies groups in one batch; `watch` sees the draft after each. */
export function commit(
  world: World,
  groups: readonly (readonly Command[])[],
  watch: (draft: Draft, applied: Applied, group: readonly Command[]) => void = () => undefined,
): readonly Applied[] {
  const draft = new Draft(load(world, groups));
  const applied = groups.map((group) => {
    const one = applyGroup(draft, group);
    watch(draft, one, group);
    return one;
  });
  keep(world, draft);
  return applied;
}

function keep(world: World, draft: Draft): void {
  const { accounts, keys, jobs, jobClaims, nodes, scores, claims, ratings, transfers, leaves } = world;
  for (const [id, account] of draft.accounts) accounts.set(id, account);
  for (const [id, key] of draft.keys) keys.set(id, key);
  for (const [id, { job, receiptIndex }] of draft.newJobs) {
    jobs.set(id, receiptIndex === undefined ? job : { ...job, receiptIndex });
  }
  for (const [id, change] of draft.changedJobs) jobs.set(id, { ...(jobs.get(id) as Job), ...change });
  for (const [id, jobId] of draft.jobClaims) jobClaims.set(id, jobId);
  for (const [id, node] of draft.nodes) nodes.set(id, node);
  for (const [id, score] of draft.scores) scores.set(id, score);
  for (const [id, claim] of draft.claims) claims.set(id, claim);
  for (const [id, { rating }] of draft.ratings) ratings.set(id, rating);
  transfers.push(...draft.transfers);
  leaves.push(...draft.leaves.values());
  addCounts(world, draft);
  keepWebhooks(world, draft);
  keepWallets(world, draft);
  keepOffers(world, draft);
}

function addCounts({ jobCounts, days }: World, draft: Draft): void {
  for (const { accountId, service, state, jobs: change } of draft.jobCounts.values()) {
    const id = `${accountId} ${service} ${state}`;
    jobCounts.set(id, (jobCounts.get(id) ?? 0) + change);
  }
  for (const [day, change] of draft.days) days.set(day, sumOfDays(days.get(day) ?? emptyDay(day), change));
}

function sumOfDays(left: DayCount, right: DayCount): DayCount {
  return {
    day: left.day,
    opened: left.opened + right.opened,
    completed: left.completed + right.completed,
    failed: left.failed + right.failed,
    cancelled: left.cancelled + right.cancelled,
    completionMs: left.completionMs + right.completionMs,
    volume: left.volume + right.volume,
  };
}

function keepOffers({ offers, acceptances }: World, draft: Draft): void {
  for (const [id, offer] of draft.offers) offers.set(id, offer);
  for (const [id, acceptance] of draft.acceptances) acceptances.set(id, acceptance);
}

function keepWebhooks({ deliveries, webhookSecrets }: World, draft: Draft): void {
  for (const [id, delivery] of draft.deliveries) deliveries.set(id, delivery);
  for (const [id, secret] of draft.webhookSecrets) webhookSecrets.set(id, secret);
}

function keepWallets({ addresses, stakes, cooldowns, proofs }: World, draft: Draft): void {
  for (const [address, accountId] of draft.addresses) addresses.set(address, accountId);
  for (const [id, stake] of draft.stakes) stakes.set(id, stake);
  for (const [id, cooldown] of draft.cooldowns) cooldowns.set(id, cooldown);
  for (const [id, proof] of draft.proofs) proofs.set(id, proof);
}

/** All that a draft would have written, in a form that can be compared. */
export function snapshot(draft: Draft): unknown {
  const { accounts, keys, nodes, scores, claims, ratings, newJobs, changedJobs, jobHeads, jobClaims } = draft;
  const { leaves, treeHeads, tiles, jobCounts, days, deliveries, webhookSecrets } = draft;
  const { addresses, stakes, cooldowns, offers, acceptances } = draft;
  const maps = { accounts, keys, nodes, scores, claims, ratings, newJobs, changedJobs, jobHeads, jobClaims };
  const others = { leaves, treeHeads, tiles, jobCounts, days, deliveries, webhookSecrets };
  const purses = { addresses, stakes, cooldowns, offers, acceptances };
  return structuredClone({ ...maps, ...others, ...purses, transfers: draft.transfers, events: draft.events });
}
