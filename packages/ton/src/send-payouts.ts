import { MAX_TRANSFERS, type PayoutWallet } from './payout-wallet.ts';
import { rawAddress } from './raw-address.ts';
import type { FoundTransaction, TonChain, WalletOnChain } from './ton-chain.ts';

/** Whom to pay how much. */
interface OpenShare {
  readonly participantId: number;
  readonly wallet: string;
  /** NanoTON. */
  readonly amount: bigint;
}

/** A message that was signed, and of which nobody knows yet what became of it. */
interface PendingMessage {
  readonly participantIds: readonly number[];
  readonly from: string;
  readonly seqno: number;
  readonly validUntil: Date;
  readonly boc: string;
  readonly messageHash: string;
}

/** Where a plan stands. */
export interface PlanView {
  readonly id: string;
  readonly shares: readonly OpenShare[];
  /** Those whom no message pays that is confirmed or may yet be. */
  readonly unpaid: readonly OpenShare[];
  readonly pending?: PendingMessage;
}

/** The books in which a plan is kept: each call is durable when it returns. */
export interface PayoutBook {
  read(): Promise<PlanView>;
  sign(message: PendingMessage): Promise<void>;
  confirm(message: PendingMessage, found: FoundTransaction, paid: readonly number[]): Promise<void>;
  expire(message: PendingMessage): Promise<void>;
}

export interface SendDeps {
  readonly book: PayoutBook;
  readonly chain: TonChain;
  readonly wallet: PayoutWallet;
  /** Waits between two looks at the chain. */
  readonly pause: () => Promise<void>;
  readonly say: (text: string) => void;
}

/** How long a message is good: several blocks, and short enough to wait for its end. */
const VALID_SECONDS = 180;
/** After its end a message may yet come out in a block that was made before and is seen later. */
const SPARE_SECONDS = 60;
/** What a message costs at most, with what each payment adds; NanoTON. */
const FEE = 50_000_000n;
const FEE_EACH = 10_000_000n;
/** Looks at the chain for one message: at 5 s each, longer than it is good. */
const MAX_LOOKS = 120;

/**
 * Pays what a plan leaves unpaid. It may be ended at any moment and begun again: what was signed is in the book before it
 * is sent, the same bytes are sent again, and others only once the chain can take those no more.
 *
 * @throws {Error} where the wallet has too little, is another one than before, or was used by somebody else meanwhile
 */
export async function sendPayouts(deps: SendDeps): Promise<void> {
  const { book, wallet, say } = deps;
  let least = 0;
  for (;;) {
    const plan = await book.read();
    if (plan.pending) {
      least = await finish(deps, plan, plan.pending);
      continue;
    }
    if (plan.unpaid.length === 0) return;
    const shares = plan.unpaid.slice(0, MAX_TRANSFERS);
    const state = await lookFrom(deps, least);
    requireFunds(state, shares);
    const message = signed(wallet, plan, { shares, state });
    await book.sign(message);
    say(`signed: ${shares.length} payments, number ${message.seqno}`);
  }
}

/** The wallet with a number that is at least this: another server may not have seen its last message yet. */
async function lookFrom({ chain, wallet, pause }: SendDeps, least: number): Promise<WalletOnChain> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const state = await chain.look(wallet.rawAddress);
    if (state.seqno >= least) return state;
    await pause();
  }
  throw new Error('The chain does not show the last message any more; begin again later, and nothing is paid twice');
}

function signed(
  wallet: PayoutWallet,
  { id }: PlanView,
  { shares, state }: { readonly shares: readonly OpenShare[]; readonly state: WalletOnChain },
): PendingMessage {
  const terms = { seqno: state.seqno, validUntil: new Date(state.now.getTime() + VALID_SECONDS * 1000) };
  const transfers = shares.map(({ wallet: to, amount }) => ({ to, amount }));
  const payment = wallet.sign({ ...terms, transfers, comment: `Plexus payout ${id}` });
  return { ...terms, ...payment, from: wallet.rawAddress, participantIds: shares.map((share) => share.participantId) };
}

function requireFunds({ balance }: WalletOnChain, shares: readonly OpenShare[]): void {
  const needed = shares.reduce((sum, { amount }) => sum + amount + FEE_EACH, FEE);
  if (balance >= needed) return;
  throw new Error(`The wallet has ${balance} nanoTON, and ${needed} are needed with fees; nothing was signed`);
}

/** Sees a message through: it is found on chain, or can never be. @returns the number that the wallet has then at least */
async function finish(
  { book, chain, wallet, pause, say }: SendDeps,
  plan: PlanView,
  message: PendingMessage,
): Promise<number> {
  if (message.from !== wallet.rawAddress)
    throw new Error(`The plan is being paid out of another wallet, ${message.from}`);
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const state = await chain.look(message.from);
    const isUsed = state.seqno > message.seqno;
    const isOver = state.now.getTime() > message.validUntil.getTime() + SPARE_SECONDS * 1000;
    const found = isUsed ? await chain.find(message.from, message.messageHash) : undefined;
    if (found) {
      await settle({ book, say }, { plan, message, found });
      return message.seqno + 1;
    }
    if (isOver && isUsed) throw usedByOthers(message);
    if (isOver) {
      say(`number ${message.seqno} was never taken, and cannot be any more`);
      await book.expire(message);
      return message.seqno;
    }
    // The chain may refuse what it has taken already: the next look shows. Another server may not have the transaction yet.
    if (!isUsed) await chain.send(message.boc).catch((error: unknown) => say(`not taken yet: ${String(error)}`));
    await pause();
  }
  throw new Error('The chain does not say what became of a message; begin again later, and nothing is paid twice');
}

function usedByOthers({ seqno }: PendingMessage): Error {
  return new Error(
    `Number ${seqno} of the wallet was used, and not by this plan as far as the chain shows: look there before you go on`,
  );
}

interface Finished {
  readonly plan: PlanView;
  readonly message: PendingMessage;
  readonly found: FoundTransaction;
}

async function settle(
  { book, say }: Pick<SendDeps, 'book' | 'say'>,
  { plan: { shares }, message, found }: Finished,
): Promise<void> {
  const left = [...found.sent];
  const isSent = ({ wallet, amount }: OpenShare): boolean => {
    const at = left.findIndex((one) => one.to === rawAddress(wallet) && one.amount === amount);
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  };
  const wanted = shares.filter(({ participantId }) => message.participantIds.includes(participantId));
  const paid = wanted.filter(isSent).map(({ participantId }) => participantId);
  await book.confirm(message, found, paid);
  say(`confirmed: ${paid.length} of ${wanted.length} payments in transaction ${found.hash}`);
}
