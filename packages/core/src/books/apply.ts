import { grantCredits, createKey, openAccount, releaseCustodial, revokeKey } from './account-rules.ts';
import { changed } from '../changed.ts';
import type { Command, Outcome, Payment } from './commands.ts';
import type { NewJob } from '../jobs/job.ts';
import type { OpenClaim } from '../wallet/wallet-commands.ts';
import { acceptOffer, closeOffers, createOffer, withdrawOffer } from '../marketplace/offer-rules.ts';
import { type AnyDraft, claimId } from './draft.ts';
import { endJob, leaseJob, noteProgress, openJob, recordJob } from './job-rules.ts';
import { rateJob, registerNode } from './node-rules.ts';
import { matureCooldown, nameAddress, sendCredits, stakeCredits, unstakeCredits } from './wallet-rules.ts';
import { replayDelivery, rotateWebhookSecret, settleDelivery, tryDelivery } from './webhook-rules.ts';

/** The rows that a batch needs, by kind; storage loads them, in this order, before the rules run. */
export interface Touched {
  readonly accounts: Set<string>;
  readonly keys: Set<string>;
  readonly jobs: Set<string>;
  readonly nodes: Set<string>;
  /** Node ids whose scores change. */
  readonly scores: Set<string>;
  /** `claimId`s of commands that are no job. */
  readonly claims: Set<string>;
  /** `claimId`s of jobs. */
  readonly jobClaims: Set<string>;
  /** Job ids whose rating is needed. */
  readonly ratings: Set<string>;
  readonly deliveries: Set<string>;
  /** Account ids whose webhook secret is needed. */
  readonly webhookSecrets: Set<string>;
  readonly addresses: Set<string>;
  /** Account ids whose stake is needed. */
  readonly stakes: Set<string>;
  readonly cooldowns: Set<string>;
  readonly offers: Set<string>;
  /** Job ids of which it is needed whether they were given to an offer. */
  readonly acceptances: Set<string>;
}

/** A command of any storage: what rules need to know of it. */
type AnyCommand = Command<NewJob, unknown>;

/** What applying one command, or several together, came to. */
export type Applied =
  | { readonly ok: true; readonly outcome: Omit<Outcome, 'accounts' | 'keys'>; readonly touched: Touched }
  | { readonly ok: false; readonly error: unknown };

/** Names what a group of commands touches. A job that the group opens itself is not there to be loaded. */
export function touchedBy(commands: Iterable<AnyCommand>, into: Touched = nothingTouched()): Touched {
  const opened = new Set<string>();
  for (const command of commands) {
    if (command.type === 'openJob') opened.add(command.job.id);
    if ('jobId' in command && !opened.has(command.jobId)) into.jobs.add(command.jobId);
    ruleOf(command).touch(command, into);
  }
  return into;
}

/** An empty set of each kind. */
export function nothingTouched(): Touched {
  return {
    accounts: new Set(),
    keys: new Set(),
    jobs: new Set(),
    nodes: new Set(),
    scores: new Set(),
    claims: new Set(),
    jobClaims: new Set(),
    ratings: new Set(),
    deliveries: new Set(),
    webhookSecrets: new Set(),
    addresses: new Set(),
    stakes: new Set(),
    cooldowns: new Set(),
    offers: new Set(),
    acceptances: new Set(),
  };
}

/** Applies a group of commands to the draft, all or none. A refusal is returned, never thrown. */
export function applyGroup(draft: AnyDraft, commands: readonly AnyCommand[]): Applied {
  const mark = draft.mark();
  try {
    const outcome: Omit<Outcome, 'accounts' | 'keys'> = {};
    for (const command of commands) Object.assign(outcome, ruleOf(command).apply(draft, command));
    return { ok: true, outcome, touched: touchedBy(commands) };
  } catch (error) {
    draft.undoTo(mark);
    return { ok: false, error };
  }
}

/** The accounts and keys that a group touched, as the batch leaves them. */
export function outcomeOf(draft: AnyDraft, applied: Extract<Applied, { ok: true }>): Outcome {
  const found = <T>(ids: Set<string>, find: (id: string) => T | undefined): T[] =>
    [...ids].flatMap((id) => find(id) ?? []);
  return changed(applied.outcome, {
    accounts: found(applied.touched.accounts, (id) => draft.findAccount(id)),
    keys: found(applied.touched.keys, (id) => draft.findKey(id)),
  });
}

/** How one kind of command is applied, and which rows it needs for that besides its job. */
interface Rule<C> {
  touch(command: C, into: Touched): void;
  apply(draft: AnyDraft, command: C): Omit<Outcome, 'accounts' | 'keys'> | void;
}

const RULES: { readonly [T in AnyCommand['type']]: Rule<Extract<AnyCommand, { type: T }>> } = {
  openAccount: {
    touch({ account, key, mintId }, into) {
      into.accounts.add(account.id).add(mintId);
      if (key) into.keys.add(key.id);
    },
    apply: openAccount,
  },
  createKey: {
    touch({ key }, into) {
      into.accounts.add(key.accountId);
      into.keys.add(key.id);
    },
    apply: createKey,
  },
  revokeKey: { touch: ({ keyId }, into) => void into.keys.add(keyId), apply: revokeKey },
  grantCredits: {
    touch({ accountId, mintId, claim }, into) {
      into.accounts.add(accountId).add(mintId);
      if (claim) into.claims.add(claimId(claim.accountId, claim.key));
    },
    apply(draft, command) {
      const replayed = grantCredits(draft, command);
      return replayed === undefined ? {} : { replayed };
    },
  },
  openJob: {
    touch: ({ job }, into) => touchOwner(job, into),
    apply: openJob,
  },
  recordJob: {
    touch({ job, payments, scores }, into) {
      touchOwner(job, into);
      touchPayees(payments, into);
      for (const { nodeId } of scores) into.scores.add(nodeId);
    },
    apply: (draft, command) => receiptAt(recordJob(draft, command)),
  },
  leaseJob: { touch: () => undefined, apply: leaseJob },
  endJob: {
    touch({ accountId, keyId, payments, scores }, into) {
      into.accounts.add(accountId);
      if (keyId !== undefined) into.keys.add(keyId);
      touchPayees(payments, into);
      for (const { nodeId } of scores) into.scores.add(nodeId);
    },
    apply: (draft, command) => receiptAt(endJob(draft, command)),
  },
  noteProgress: {
    touch({ notes }, into) {
      for (const { jobId } of notes) into.jobs.add(jobId);
    },
    apply: noteProgress,
  },
  tryDelivery: { touch: touchDelivery, apply: tryDelivery },
  settleDelivery: { touch: touchDelivery, apply: settleDelivery },
  replayDelivery: { touch: touchDelivery, apply: replayDelivery },
  rotateWebhookSecret: {
    touch({ accountId }, into) {
      into.accounts.add(accountId);
      into.webhookSecrets.add(accountId);
    },
    apply: rotateWebhookSecret,
  },
  registerNode: {
    touch({ node, account }, into) {
      into.nodes.add(node.id);
      into.accounts.add(node.id).add(node.accountId);
      if (account) into.accounts.add(account.account.id).add(account.mintId);
    },
    apply: registerNode,
  },
  rateJob: {
    touch({ jobId, nodeId }, into) {
      into.scores.add(nodeId);
      into.ratings.add(jobId);
    },
    apply: rateJob,
  },
  releaseCustodial: {
    touch: ({ custodyId, accountId }, into) => void into.accounts.add(custodyId).add(accountId),
    apply: (draft, command) => ({ amount: releaseCustodial(draft, command) }),
  },
  nameAddress: {
    touch({ address, accountId }, into) {
      into.accounts.add(accountId).add(address);
      into.addresses.add(address);
    },
    apply: nameAddress,
  },
  sendCredits: {
    touch({ accountId, keyId, payeeId, feesId, claim }, into) {
      into.accounts.add(accountId).add(payeeId).add(feesId);
      into.keys.add(keyId);
      touchClaim(claim, into);
    },
    apply: (draft, command) => ({ answer: sendCredits(draft, command) }),
  },
  stakeCredits: {
    touch: ({ accountId, claim }, into) => touchStake(accountId, claim, into),
    apply: (draft, command) => ({ answer: stakeCredits(draft, command) }),
  },
  unstakeCredits: {
    touch: ({ accountId, claim }, into) => touchStake(accountId, claim, into),
    apply: (draft, command) => ({ answer: unstakeCredits(draft, command) }),
  },
  matureCooldown: {
    touch({ cooldownId, accountId }, into) {
      into.accounts.add(accountId);
      into.cooldowns.add(cooldownId);
    },
    apply: matureCooldown,
  },
  createOffer: { touch: ({ offer }, into) => void into.offers.add(offer.id), apply: createOffer },
  withdrawOffer: { touch: ({ offerId }, into) => void into.offers.add(offerId), apply: withdrawOffer },
  closeOffers: {
    touch({ offerIds }, into) {
      for (const offerId of offerIds) into.offers.add(offerId);
    },
    apply: closeOffers,
  },
  acceptOffer: {
    touch({ offerId, jobId, accountId, keyId }, into) {
      into.accounts.add(accountId);
      if (keyId !== undefined) into.keys.add(keyId);
      into.offers.add(offerId);
      into.acceptances.add(jobId);
    },
    apply: acceptOffer,
  },
  appendTreeHead: {
    touch: () => undefined,
    apply(draft, { head, tiles }) {
      draft.put(draft.treeHeads, head.tree_size, head);
      for (const tile of tiles) draft.put(draft.tiles, `${tile.level}/${tile.index}`, tile);
    },
  },
};

function receiptAt(receiptIndex: number | undefined): Omit<Outcome, 'accounts' | 'keys'> {
  return receiptIndex === undefined ? {} : { receiptIndex };
}

function touchOwner({ accountId, keyId, idempotencyKey }: NewJob, into: Touched): void {
  into.accounts.add(accountId);
  if (keyId !== undefined) into.keys.add(keyId);
  if (idempotencyKey !== undefined) into.jobClaims.add(claimId(accountId, idempotencyKey));
}

function touchStake(accountId: string, claim: OpenClaim | undefined, into: Touched): void {
  into.accounts.add(accountId);
  into.stakes.add(accountId);
  touchClaim(claim, into);
}

function touchClaim(claim: OpenClaim | undefined, into: Touched): void {
  if (claim) into.claims.add(claimId(claim.accountId, claim.key));
}

function touchDelivery({ deliveryId }: { readonly deliveryId: string }, into: Touched): void {
  into.deliveries.add(deliveryId);
}

function touchPayees(payments: readonly Payment[], into: Touched): void {
  for (const { payeeId, fee, feesId } of payments) {
    into.accounts.add(payeeId);
    if (fee > 0n) into.accounts.add(feesId);
  }
}

/** The rule of a command. TypeScript cannot see that both were picked by the same `type`. */
function ruleOf(command: AnyCommand): Rule<AnyCommand> {
  return RULES[command.type] as Rule<AnyCommand>;
}
