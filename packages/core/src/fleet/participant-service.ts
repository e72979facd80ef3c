import type { Idempotency } from '../accounts/account-service.ts';
import type { Caller } from '../accounts/caller.ts';
import type { Books, OffsetPage } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import { claimOf, type FleetDeps, numberOf } from './fleet-deps.ts';
import { limitedTo, requireAll, requireParticipant, viewOf } from './fleet-access.ts';
import type { Participant, ParticipantTotals } from './participant.ts';

/** A participant with what it has. */
export interface CountedParticipant extends Participant {
  readonly totals: ParticipantTotals;
}

interface NewParticipant {
  readonly wallet: string;
  readonly telegramUserId?: number;
  readonly username?: string;
  readonly email?: string;
  readonly isOperator?: boolean;
  readonly idempotency?: Idempotency;
}

/** Who takes part in the fleet. An operator sees all; the owner of a wallet himself. */
export interface ParticipantService {
  /** @throws {DomainError} FORBIDDEN, INVALID_INPUT, WALLET_TAKEN, IDEMPOTENCY_MISMATCH */
  create(caller: Caller, request: NewParticipant): Promise<CountedParticipant>;
  /** @throws {DomainError} FORBIDDEN, PARTICIPANT_NOT_FOUND */
  get(caller: Caller, id: number): Promise<CountedParticipant>;
  /** @throws {DomainError} FORBIDDEN, INVALID_INPUT, PARTICIPANT_NOT_FOUND */
  getByWallet(caller: Caller, wallet: string): Promise<CountedParticipant>;
  /** @throws {DomainError} FORBIDDEN */
  list(caller: Caller, page: OffsetPage): Promise<readonly CountedParticipant[]>;
}

export function createParticipantService({ books, clock, rawAddress, live }: FleetDeps): ParticipantService {
  const { read } = books;

  async function counted(participants: readonly Participant[]): Promise<readonly CountedParticipant[]> {
    const [first] = participants;
    const last = participants.at(-1);
    const totals = first && last ? await read.listParticipantTotals(first.id, last.id) : [];
    const byId = new Map(totals.map((one) => [one.participantId, one]));
    const unkept = live.unkeptRevenue();
    return participants.map((one) => {
      const known = byId.get(one.id) ?? nothing(one.id);
      return { ...one, totals: { ...known, revenue: known.revenue + (unkept.get(one.id) ?? 0n) } };
    });
  }

  async function existing(found: Participant | undefined, id?: number): Promise<CountedParticipant> {
    const [one] = found ? await counted([found]) : [];
    if (one) return one;
    throw new DomainError(
      'PARTICIPANT_NOT_FOUND',
      'Participant not found',
      id === undefined ? {} : { participantId: id },
    );
  }

  return {
    async create(caller, { idempotency, ...request }) {
      const view = await viewOf(read, caller, 'wallet');
      const rawWallet = requireAddress(rawAddress, request.wallet);
      if (view.wallet !== rawWallet || request.isOperator === true) requireAll(view);
      const now = clock();
      const participant = { isOperator: false, ...request, rawWallet, isActive: true, createdAt: now, updatedAt: now };
      const command = { type: 'addParticipant', participant, ...claimOf(caller, idempotency) } as const;
      const id = numberOf(await books.commit(command));
      return await existing(await read.findParticipant(id), id);
    },

    async get(caller, id) {
      requireParticipant(await viewOf(read, caller, 'read'), id);
      return await existing(await read.findParticipant(id), id);
    },

    async getByWallet(caller, wallet) {
      const view = await viewOf(read, caller, 'read');
      const rawWallet = requireAddress(rawAddress, wallet, 'wallet_address');
      if (view.wallet !== rawWallet) requireAll(view);
      return await existing(await read.findParticipantByWallet(rawWallet));
    },

    async list(caller, page) {
      const only = limitedTo(await viewOf(read, caller, 'read'), undefined);
      return await counted(await listed(books, only, page));
    },
  };
}

async function listed(
  { read }: Pick<Books, 'read'>,
  only: number | undefined,
  page: OffsetPage,
): Promise<readonly Participant[]> {
  if (only === undefined) return await read.listParticipants(page);
  const own = await read.findParticipant(only);
  return own && page.offset === 0 ? [own] : [];
}

function nothing(participantId: number): ParticipantTotals {
  return { participantId, workers: 0, activeWorkers: 0, revenue: 0n, payouts: 0 };
}

function requireAddress(rawAddress: FleetDeps['rawAddress'], text: string, field = 'ton_wallet_address'): string {
  const raw = rawAddress(text);
  if (raw !== undefined) return raw;
  throw new DomainError('INVALID_INPUT', 'not a TON address, or its checksum is wrong', { field });
}
