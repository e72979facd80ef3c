import type { BooksReader } from '../books/books.ts';
import { type Caller, requireScope } from '../accounts/caller.ts';
import type { Scope } from '../accounts/api-key.ts';
import { DomainError } from '../errors.ts';
import type { Participant } from './participant.ts';
import { walletOfAccount } from './participant.ts';

/** What somebody may see and change: all of the fleet, what belongs to one participant, or nothing. */
export interface FleetView {
  readonly seesAll: boolean;
  /** Who asks, where a wallet was proven that takes part. */
  readonly participant?: Participant;
  /** The raw wallet that was proven. */
  readonly wallet?: string;
}

/** Whose view it is: an operator's key sees all, an account of a wallet what is of that wallet. */
export async function viewOf(
  reader: Pick<BooksReader, 'findParticipantByWallet'>,
  caller: Caller,
  scope: Scope,
): Promise<FleetView> {
  requireScope(caller, scope);
  if (caller.role === 'operator') return { seesAll: true };
  const wallet = walletOfAccount(caller.accountId);
  if (wallet === undefined) return { seesAll: false };
  const participant = await reader.findParticipantByWallet(wallet);
  return { seesAll: participant?.isOperator ?? false, wallet, ...(participant && { participant }) };
}

/** @throws {DomainError} FORBIDDEN */
export function requireParticipant({ seesAll, participant }: FleetView, participantId: number): void {
  if (seesAll || participant?.id === participantId) return;
  const message = "This needs an operator's key, or the participant's own wallet";
  throw new DomainError('FORBIDDEN', message, { needed: 'operator or participant' });
}

/** @throws {DomainError} FORBIDDEN */
export function requireAll({ seesAll }: FleetView): void {
  if (!seesAll) throw new DomainError('FORBIDDEN', "This needs an operator's key", { needed: 'operator' });
}

/** The participant whom a list is limited to; undefined for all. */
export function limitedTo(view: FleetView, asked: number | undefined): number | undefined {
  if (asked !== undefined) requireParticipant(view, asked);
  return asked ?? (view.seesAll ? undefined : (view.participant?.id ?? NOBODY));
}

/** Nothing at all belongs to this number, not even what belongs to no participant. */
const NOBODY = -1;
