import type { Account } from '../accounts/account.ts';
import { type Caller, requireOperator, requireScope } from '../accounts/caller.ts';
import { DomainError } from '../errors.ts';
import type { NodeRecord } from './node-record.ts';

interface Earner {
  readonly record: Pick<NodeRecord, 'custodial'>;
  /** Into which the node earns. */
  readonly account: Pick<Account, 'ownerId'> | undefined;
}

/**
 * Passes an account that may be paid what a node has earned: its owner's, or for a node that nobody owns, any that an
 * operator says.
 *
 * @throws {DomainError} FORBIDDEN, INVALID_INPUT
 */
export function requirePayee(caller: Caller, { record, account }: Earner, payeeId: string): void {
  if (record.custodial) return requireOperator(caller);
  const ownerId = account?.ownerId;
  if (caller.accountId !== ownerId) requireOperator(caller);
  requireScope(caller, 'wallet');
  if (ownerId === undefined) {
    throw new DomainError('INVALID_INPUT', 'This node earns into the account of its key', { field: 'node_id' });
  }
  if (payeeId === ownerId) return;
  throw new DomainError('INVALID_INPUT', "A node's rewards are paid to its owner", { field: 'account_id' });
}
