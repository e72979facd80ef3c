import { decodeBase64, type Heartbeat, PASS_SECONDS, type ReceiptCrypto, uptimeMessage } from '@plexus/protocol';
import type { Account } from '../accounts/account.ts';
import type { Books } from '../books/books.ts';
import type { LiveNode } from '../nodes/live-node.ts';
import { stakeMultiplier } from '../wallet/stake.ts';
import type { Proof } from './proof.ts';

/** A claim covers at least, and at most, so long. */
const MIN_CLAIM_MS = 30_000;
const MAX_CLAIM_MS = 3_600_000;
/** How much longer than its connection a claim may seem: messages are under way for a while. */
const SLACK_MS = 2000;
const HOUR_MS = 3_600_000n;
/** Two places of a multiplier. */
const HUNDREDTHS = 100n;

type UptimeClaim = NonNullable<Heartbeat['uptime']>;

export interface UptimeDeskDeps {
  readonly books: Pick<Books, 'commit' | 'read'>;
  readonly crypto: Pick<ReceiptCrypto, 'verify'>;
  /** The coordinator's own public key, standard base64. */
  readonly coordinatorKey: string;
  readonly hashText: (text: string) => string;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** What nodes' clocks are compared with, as for their passes. */
  readonly clock: () => Date;
  /** Micro-credits for an hour, before the multiplier of a stake. */
  readonly hourReward: bigint;
  readonly mintId: string;
  readonly onAccounts: (accounts: readonly Account[]) => void;
}

/** Judges nodes' proofs that they were up, by how long they were connected here and by the clock, and pays for them. */
export interface UptimeDesk {
  /** The node is connected from now on. */
  joined(node: LiveNode): void;
  /** @returns whether the claim was good: signed, of now, no longer than the connection, and of time that was not paid yet */
  claim(node: LiveNode, claim: UptimeClaim): Promise<boolean>;
}

const utf8 = new TextEncoder();

export function createUptimeDesk(deps: UptimeDeskDeps): UptimeDesk {
  const { books, crypto, coordinatorKey, hashText, now, clock, mintId } = deps;
  /** Since when there is nothing paid. */
  const unpaidSince = new WeakMap<LiveNode, number>();

  function isSigned({ record }: LiveNode, { from_ms: fromMs, to_ms: toMs, signature }: UptimeClaim): boolean {
    const message = uptimeMessage({ coordinatorKey, nodeId: record.id, fromMs, toMs });
    const [key, sig] = [decodeBase64(record.publicKey ?? ''), decodeBase64(signature)];
    return key !== undefined && sig !== undefined && crypto.verify(key, utf8.encode(message), sig);
  }

  function isPlausible(node: LiveNode, { from_ms: fromMs, to_ms: toMs }: UptimeClaim): boolean {
    // A claim of a time that is still to come would keep the node's later ones from being paid.
    if (Math.abs(clock().getTime() - toMs) > PASS_SECONDS * 1000) return false;
    const claimedMs = toMs - fromMs;
    const seenMs = now() - (unpaidSince.get(node) ?? now());
    return claimedMs >= MIN_CLAIM_MS && claimedMs <= MAX_CLAIM_MS && claimedMs <= seenMs + SLACK_MS;
  }

  async function rewardOf({ record }: LiveNode, claimedMs: number): Promise<bigint> {
    const account = await books.read.findAccount(record.accountId);
    const stake = await books.read.findStake(account?.ownerId ?? record.accountId);
    const multiplier = stake ? stakeMultiplier(stake.amount, stake.durationDays) : 1;
    const hundredths = BigInt(Math.round(multiplier * Number(HUNDREDTHS)));
    return (deps.hourReward * BigInt(claimedMs) * hundredths) / (HOUR_MS * HUNDREDTHS);
  }

  return {
    joined: (node) => void unpaidSince.set(node, now()),

    async claim(node, claim) {
      if (node.record.custodial || !isPlausible(node, claim) || !isSigned(node, claim)) return false;
      // Not to now: what a claim has too much is taken off the next one.
      unpaidSince.set(node, (unpaidSince.get(node) ?? now()) + claim.to_ms - claim.from_ms);
      const { id: nodeId, accountId } = node.record;
      const [newest] = await books.read.listProofs(nodeId, 1);
      if (newest && newest.endedAt.getTime() > claim.from_ms) return false;
      const reward = await rewardOf(node, claim.to_ms - claim.from_ms);
      const proof = toProof(nodeId, claim, { hashText, reward });
      const { accounts } = await books.commit({ type: 'recordProof', proof, accountId, mintId });
      deps.onAccounts(accounts);
      return true;
    },
  };
}

/** Its input is the time it covers, its output that the node was there to sign it. */
function toProof(
  nodeId: string,
  { from_ms: fromMs, to_ms: toMs, signature }: UptimeClaim,
  { hashText, reward }: { readonly hashText: (text: string) => string; readonly reward: bigint },
): Proof {
  const inputHash = hashText(`uptime ${nodeId} ${fromMs} ${toMs}`);
  const outputHash = hashText(signature);
  return {
    id: `proof_${hashText(`${inputHash} ${outputHash}`).slice(0, 32)}`,
    nodeId,
    kind: 'uptime',
    startedAt: new Date(fromMs),
    endedAt: new Date(toMs),
    inputHash,
    outputHash,
    signature,
    verified: true,
    reward,
  };
}
