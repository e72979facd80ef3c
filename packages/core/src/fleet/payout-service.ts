import type { Idempotency } from '../accounts/account-service.ts';
import type { Caller } from '../accounts/caller.ts';
import type { OffsetPage } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { limitedTo, requireAll, requireParticipant, viewOf } from './fleet-access.ts';
import { claimOf, type FleetDeps, numberOf } from './fleet-deps.ts';
import type { FleetReader } from './fleet-reader.ts';
import type { Participant } from './participant.ts';
import type { NewPayout, Payout, PayoutFilter, PayoutSums } from './payout.ts';

type PayoutRequest = Omit<NewPayout, 'createdAt' | 'isUnverified' | 'isConfirmed' | 'confirmations'> & {
  readonly idempotency?: Idempotency;
};

interface ParticipantPayouts {
  readonly participant: Participant;
  readonly sums: PayoutSums;
}

/** A payout with the wallet of whom it went to. */
export interface TaxedPayout {
  readonly payout: Payout;
  readonly wallet: string;
}

/** Payouts to participants. An operator records them and sees all; a participant sees its own. */
export interface PayoutService {
  /** @throws {DomainError} FORBIDDEN, PARTICIPANT_NOT_FOUND, TRANSACTION_RECORDED, IDEMPOTENCY_MISMATCH */
  create(caller: Caller, request: PayoutRequest): Promise<Payout>;
  /** @throws {DomainError} FORBIDDEN, PAYOUT_NOT_FOUND */
  get(caller: Caller, id: number): Promise<Payout>;
  /** Newest first. @throws {DomainError} FORBIDDEN */
  list(caller: Caller, filter: PayoutFilter, page: OffsetPage): Promise<readonly Payout[]>;
  /** @throws {DomainError} FORBIDDEN, PARTICIPANT_NOT_FOUND */
  summary(caller: Caller, participantId: number): Promise<ParticipantPayouts>;
  /** All of a year, or of all years, oldest first. @throws {DomainError} FORBIDDEN, PARTICIPANT_NOT_FOUND */
  report(caller: Caller, filter: Omit<PayoutFilter, 'isConfirmed'>): Promise<readonly TaxedPayout[]>;
}

const REPORT_PAGE = 1000;
/** Lines of a report at most: a spreadsheet program takes as many. Source: Microsoft, "Excel specifications and limits". */
const MAX_REPORT_LINES = 1_048_575;

export function createPayoutService({ books, clock, rawAddress }: FleetDeps): PayoutService {
  const { read } = books;

  async function getParticipant(participantId: number): Promise<Participant> {
    const participant = await read.findParticipant(participantId);
    if (participant) return participant;
    throw new DomainError('PARTICIPANT_NOT_FOUND', 'Participant not found', { participantId });
  }

  async function existing(id: number): Promise<Payout> {
    const payout = await read.findPayout(id);
    if (payout) return payout;
    throw new DomainError('PAYOUT_NOT_FOUND', 'Payout not found', { payoutId: id });
  }

  async function walletsOf(payouts: readonly Payout[]): Promise<ReadonlyMap<number, string>> {
    const wallets = new Map<number, string>();
    for (const { participantId } of payouts) {
      if (!wallets.has(participantId)) wallets.set(participantId, (await getParticipant(participantId)).wallet);
    }
    return wallets;
  }

  return {
    async create(caller, { idempotency, ...request }) {
      requireAll(await viewOf(read, caller, 'wallet'));
      const isUnverified = [request.fromAddress, request.toAddress].some((one) => rawAddress(one) === undefined);
      const payout = { ...request, isUnverified, isConfirmed: false, confirmations: 0, createdAt: clock() };
      return await existing(
        numberOf(await books.commit({ type: 'addPayout', payout, ...claimOf(caller, idempotency) })),
      );
    },

    async get(caller, id) {
      const view = await viewOf(read, caller, 'read');
      if (!view.seesAll) requireParticipant(view, (await read.findPayout(id))?.participantId ?? 0);
      return await existing(id);
    },

    async list(caller, filter, page) {
      const participantId = limitedTo(await viewOf(read, caller, 'read'), filter.participantId);
      return await read.listPayouts({ ...filter, ...(participantId !== undefined && { participantId }) }, page);
    },

    async summary(caller, participantId) {
      requireParticipant(await viewOf(read, caller, 'read'), participantId);
      const participant = await getParticipant(participantId);
      return { participant, sums: await read.sumPayouts(participantId) };
    },

    async report(caller, filter) {
      const participantId = limitedTo(await viewOf(read, caller, 'read'), filter.participantId);
      if (filter.participantId !== undefined) await getParticipant(filter.participantId);
      const payouts = await allPayouts(read, { ...filter, ...(participantId !== undefined && { participantId }) });
      return inOrder(payouts, await walletsOf(payouts));
    },
  };
}

async function allPayouts(read: Pick<FleetReader, 'listPayouts'>, filter: PayoutFilter): Promise<readonly Payout[]> {
  // One that is recorded meanwhile puts all others a place further: the next page begins with some that are known.
  const payouts = new Map<number, Payout>();
  for (let more = true; more && payouts.size < MAX_REPORT_LINES;) {
    const page = await read.listPayouts(filter, { limit: REPORT_PAGE, offset: payouts.size });
    for (const payout of page) payouts.set(payout.id, payout);
    more = page.length === REPORT_PAGE;
  }
  return [...payouts.values()];
}

function inOrder(payouts: readonly Payout[], wallets: ReadonlyMap<number, string>): readonly TaxedPayout[] {
  const byTime = payouts.toSorted((a, b) => a.transactionAt.getTime() - b.transactionAt.getTime() || a.id - b.id);
  return byTime.map((payout) => ({ payout, wallet: wallets.get(payout.participantId) ?? '' }));
}
