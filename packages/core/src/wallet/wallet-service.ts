import type { Account } from '../accounts/account.ts';
import type { Idempotency } from '../accounts/account-service.ts';
import { type Caller, requireScope } from '../accounts/caller.ts';
import { readAccount } from '../accounts/read-account.ts';
import type { Books, OffsetPage, PostingPage } from '../books/books.ts';
import type { Outcome } from '../books/commands.ts';
import { claimId } from '../books/draft.ts';
import { DomainError } from '../errors.ts';
import type { CreditView } from '../ledger/credit-view.ts';
import { createOneByOne } from '../one-by-one.ts';
import { addressOf, readAddress } from './address.ts';
import { sendFee } from './fee.ts';
import type { Stake } from './stake.ts';
import type {
  NameAddress,
  OpenClaim,
  SendCredits,
  Sent,
  StakeCredits,
  Staked,
  UnstakeCredits,
  Unstaked,
} from './wallet-commands.ts';

export interface WalletServiceDeps {
  readonly books: Books;
  readonly credits: Pick<CreditView, 'reserve' | 'forget'>;
  readonly feesId: string;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** SHA-256 of the text in lower-case hex. */
  readonly hashText: (text: string) => string;
  /** Told of every account that changed, so that cached balances are right. */
  readonly onAccounts: (accounts: readonly Account[]) => void;
}

/** What an account owns, and where it can be reached. */
export interface WalletView {
  readonly address: string;
  readonly account: Account;
  readonly stake: Stake | undefined;
}

interface Movement {
  /** Micro-credits, more than zero. */
  readonly amount: bigint;
  readonly idempotency?: Idempotency;
}

export interface Receipted extends Sent {
  readonly from: string;
  readonly to: string;
  readonly fee: bigint;
}

/** The wallet of the account that calls. What spends of it is done once for one Idempotency-Key. */
export interface WalletService {
  /** @throws {DomainError} ACCOUNT_NOT_FOUND, FORBIDDEN */
  view(caller: Caller): Promise<WalletView>;
  postings(caller: Caller, page: OffsetPage): Promise<PostingPage>;
  /**
   * Sends to an address; the sender pays the fee beside it.
   *
   * @throws {DomainError} INVALID_INPUT, INSUFFICIENT_BALANCE, SPEND_LIMIT_EXCEEDED, IDEMPOTENCY_MISMATCH
   */
  send(caller: Caller, request: Movement & { readonly to: string; readonly memo?: string }): Promise<Receipted>;
  /** @throws {DomainError} INSUFFICIENT_BALANCE, SPEND_LIMIT_EXCEEDED, IDEMPOTENCY_MISMATCH */
  stake(caller: Caller, request: Movement & { readonly durationDays: number }): Promise<Staked>;
  /**
   * @throws {DomainError} INVALID_INPUT before the stake is unlocked, INSUFFICIENT_BALANCE, SPEND_LIMIT_EXCEEDED,
   *   IDEMPOTENCY_MISMATCH
   */
  unstake(caller: Caller, request: Movement): Promise<Unstaked>;
  /** The address of an account. */
  addressOf(accountId: string): string;
  /** What kind of work a job was, for those whom it has paid. */
  serviceOf(jobId: string): Promise<string | undefined>;
}

export function createWalletService(deps: WalletServiceDeps): WalletService {
  const { books, hashText } = deps;
  const { read } = books;
  const till = createTill(deps);
  return {
    ...createMovements(deps, till),
    addressOf: (accountId) => addressOf(hashText, accountId),
    serviceOf: async (jobId) => (await read.findJob(jobId))?.service,

    async view(caller) {
      requireScope(caller, 'read');
      const { accountId } = caller;
      const address = await till.settleIn(accountId);
      const [account, stake] = await Promise.all([readAccount(read, accountId), read.findStake(accountId)]);
      return { address, account, stake };
    },

    async postings(caller, page) {
      requireScope(caller, 'read');
      await till.settleIn(caller.accountId);
      return await read.pagePostings(caller.accountId, page);
    },
  };
}

function createMovements(
  { books, feesId, clock, newId }: WalletServiceDeps,
  till: Till,
): Pick<WalletService, 'send' | 'stake' | 'unstake'> {
  return {
    async send(caller, { to: given, amount, memo, idempotency }) {
      requireScope(caller, 'wallet');
      const { accountId, keyId } = caller;
      const from = await till.settleIn(accountId);
      const to = readRecipient(given, from);
      const fee = sendFee(amount);
      const payeeId = (await books.read.findAddress(to)) ?? to;
      const claim = claimOf(caller, idempotency);
      const noted = { ...(memo !== undefined && { memo }), ...(claim && { claim }) };
      const reference = `tx_${newId()}`;
      const command = { reference, accountId, keyId, from, to, payeeId, amount, fee, feesId, ...noted, at: clock() };
      const sent = await till.take<Sent>({ type: 'sendCredits', ...command }, amount + fee);
      return { ...sent, from, to, fee };
    },

    async stake(caller, { amount, durationDays, idempotency }) {
      requireScope(caller, 'wallet');
      const { accountId, keyId } = caller;
      await till.settleIn(accountId);
      const claim = claimOf(caller, idempotency);
      const command = { accountId, keyId, amount, durationDays, ...(claim && { claim }), at: clock() };
      return await till.take<Staked>({ type: 'stakeCredits', ...command }, amount);
    },

    async unstake(caller, { amount, idempotency }) {
      requireScope(caller, 'wallet');
      const { accountId, keyId } = caller;
      const claim = claimOf(caller, idempotency);
      const command = { cooldownId: `cd_${newId()}`, accountId, keyId, amount, ...(claim && { claim }), at: clock() };
      return answerOf<Unstaked>(await till.move({ type: 'unstakeCredits', ...command }));
    },
  };
}

/** The books, as wallets use them. */
interface Till {
  /** Names the account by its address, and takes over what waits there. */
  settleIn(accountId: string): Promise<string>;
  /** Commits what takes so much out of what an account can spend. */
  take<T>(command: SendCredits | StakeCredits, amount: bigint): Promise<T>;
  move(command: NameAddress | SendCredits | StakeCredits | UnstakeCredits): Promise<Outcome>;
}

function createTill({ books, credits, clock, hashText, onAccounts }: WalletServiceDeps): Till {
  const { read } = books;
  /** A duplicate waits for the first one's answer. */
  const byClaim = createOneByOne();

  const move: Till['move'] = async (command) => {
    const outcome = await books.commit(command);
    onAccounts(outcome.accounts);
    return outcome;
  };

  return {
    move,

    async settleIn(accountId) {
      const address = addressOf(hashText, accountId);
      const [owner, waiting] = await Promise.all([read.findAddress(address), read.findAccount(address)]);
      if (owner === undefined || (waiting && waiting.available > 0n)) {
        await move({ type: 'nameAddress', address, accountId, at: clock() });
      }
      return address;
    },

    async take<T>(command: SendCredits | StakeCredits, amount: bigint) {
      const { accountId, claim } = command;
      const run = async (): Promise<T> => {
        // A repetition is answered though the balance would not suffice for another one.
        const isRepeated = claim && (await read.findClaim(claim.accountId, claim.key)) !== undefined;
        if (isRepeated) return answerOf<T>(await move(command));
        // While it is being written nothing else may count on these credits.
        await credits.reserve(accountId, amount);
        try {
          return answerOf<T>(await move(command));
        } finally {
          credits.forget(accountId, amount);
        }
      };
      return await (claim ? byClaim(claimId(claim.accountId, claim.key), run) : run());
    },
  };
}

function readRecipient(text: string, from: string): string {
  const to = readAddress(text);
  if (to === undefined) {
    const message = 'An address is 0x and 40 hexadecimal digits';
    throw new DomainError('INVALID_INPUT', message, { field: 'to' });
  }
  if (to === from) throw new DomainError('INVALID_INPUT', 'This is the address that sends', { field: 'to' });
  return to;
}

function claimOf({ accountId }: Caller, idempotency: Idempotency | undefined): OpenClaim | undefined {
  return idempotency && { ...idempotency, accountId };
}

/** The rule's own answer, which it wrote as such. */
function answerOf<T>({ answer }: Outcome): T {
  if (answer === undefined) throw new Error('The books gave no answer');
  return JSON.parse(answer) as T;
}
