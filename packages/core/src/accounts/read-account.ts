import type { BooksReader } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { Account } from './account.ts';

/** @throws {DomainError} ACCOUNT_NOT_FOUND */
export async function readAccount(read: Pick<BooksReader, 'findAccount'>, accountId: string): Promise<Account> {
  const account = await read.findAccount(accountId);
  if (!account) throw new DomainError('ACCOUNT_NOT_FOUND', 'Account does not exist', { accountId });
  return account;
}
