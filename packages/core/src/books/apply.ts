import { grantCredits, createKey, openAccount, releaseCustodial, revokeKey } from './account-rules.ts';
import type { Outcome, Payment } from './commands.ts';
import type { NewJob } from '../jobs/job.ts';
import { type AnyDraft, claimId } from './draft.ts';
import { endJob, leaseJob, noteProgress, openJob, recordJob } from './job-rules.ts';
import { FLEET_RULES } from './fleet-rule-table.ts';
import { OFFER_RULES } from './offer-rule-table.ts';
import { PROOF_RULES } from './proof-rule-table.ts';
import type { AnyCommand, Rule, RulesOf } from './rule.ts';
import { nothingTouched, type Touched } from './touched.ts';
import { WALLET_RULES } from './wallet-rule-table.ts';
import { rateJob, registerNode } from './node-rules.ts';
import { replayDelivery, rotateWebhookSecret, settleDelivery, tryDelivery } from './webhook-rules.ts';

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
  return Object.assign({}, applied.outcome, {
    accounts: found(applied.touched.accounts, (id) => draft.findAccount(id)),
    keys: found(applied.touched.keys, (id) => draft.findKey(id)),
  });
}

const RULES: RulesOf<AnyCommand['type']> = {
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
    touch({ accountId, keyId, mintId, claim }, into) {
      into.accounts.add(accountId).add(mintId);
      if (keyId !== undefined) into.keys.add(keyId);
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
  ...WALLET_RULES,
  ...OFFER_RULES,
  ...FLEET_RULES,
  ...PROOF_RULES,
  skipEvents: { touch: () => undefined, apply: (draft, { count }) => draft.skipEvents(count) },
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
