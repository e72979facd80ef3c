import type { Account, ApiKey, Claim, JournalEntry, Purse, Transfer } from '@plexus/core';
import type { Row } from './adapter.ts';
import {
  type Columns,
  present,
  readJson,
  readMoney,
  readNumber,
  readOptional,
  readText,
  readTime,
  readWord,
  toTime,
} from './columns.ts';

export const ACCOUNT_COLUMNS: Columns<Account> = {
  id: (account) => account.id,
  kind: (account) => account.kind,
  owner_id: (account) => account.ownerId ?? null,
  name: (account) => account.name,
  email: (account) => account.email ?? null,
  available: (account) => account.available,
  held: (account) => account.held,
  staked: (account) => account.staked,
  cooling: (account) => account.cooling,
  earned: (account) => account.earned,
  spent: (account) => account.spent,
  created_at: (account) => toTime(account.createdAt),
};

export function readAccount(row: Row): Account {
  return {
    id: readText(row, 'id'),
    kind: readWord(row, 'kind'),
    name: readText(row, 'name'),
    available: readMoney(row, 'available'),
    held: readMoney(row, 'held'),
    staked: readMoney(row, 'staked'),
    cooling: readMoney(row, 'cooling'),
    earned: readMoney(row, 'earned'),
    spent: readMoney(row, 'spent'),
    createdAt: readTime(row, 'created_at'),
    ...present({
      ownerId: readOptional(row, 'owner_id', readText),
      email: readOptional(row, 'email', readText),
    }),
  };
}

export const KEY_COLUMNS: Columns<ApiKey> = {
  id: (key) => key.id,
  account_id: (key) => key.accountId,
  hash: (key) => key.hash,
  prefix: (key) => key.prefix,
  label: (key) => key.label,
  role: (key) => key.role,
  scopes: (key) => JSON.stringify(key.scopes),
  spend_limit: (key) => key.spendLimit ?? null,
  spent: (key) => key.spent,
  max_running: (key) => key.maxRunning ?? null,
  expires_at: (key) => toTime(key.expiresAt),
  revoked_at: (key) => toTime(key.revokedAt),
  created_at: (key) => toTime(key.createdAt),
};

export function readKey(row: Row): ApiKey {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    hash: readText(row, 'hash'),
    prefix: readText(row, 'prefix'),
    label: readText(row, 'label'),
    role: readWord(row, 'role'),
    scopes: readJson(row, 'scopes'),
    spent: readMoney(row, 'spent'),
    createdAt: readTime(row, 'created_at'),
    ...present({
      spendLimit: readOptional(row, 'spend_limit', readMoney),
      maxRunning: readOptional(row, 'max_running', readNumber),
      expiresAt: readOptional(row, 'expires_at', readTime),
      revokedAt: readOptional(row, 'revoked_at', readTime),
    }),
  };
}

export const CLAIM_COLUMNS: Columns<Claim> = {
  account_id: (claim) => claim.accountId,
  claim_key: (claim) => claim.key,
  request_hash: (claim) => claim.requestHash,
  answer: (claim) => claim.answer,
};

export function readClaim(row: Row): { requestHash: string; answer: string } {
  return { requestHash: readText(row, 'request_hash'), answer: readText(row, 'answer') };
}

export const TRANSFER_COLUMNS: Columns<Transfer> = {
  kind: (transfer) => transfer.kind,
  debit_account: (transfer) => transfer.debit.accountId,
  debit_part: (transfer) => transfer.debit.part,
  credit_account: (transfer) => transfer.credit.accountId,
  credit_part: (transfer) => transfer.credit.part,
  amount: (transfer) => transfer.amount,
  job_id: (transfer) => transfer.jobId ?? null,
  memo: (transfer) => transfer.memo ?? null,
  reference: (transfer) => transfer.reference ?? null,
  at: (transfer) => toTime(transfer.at),
};

export function readEntry(row: Row): JournalEntry {
  return {
    sequence: readNumber(row, 'sequence'),
    kind: readWord(row, 'kind'),
    debit: readPurse(row, 'debit'),
    credit: readPurse(row, 'credit'),
    amount: readMoney(row, 'amount'),
    at: readTime(row, 'at'),
    ...present({
      jobId: readOptional(row, 'job_id', readText),
      memo: readOptional(row, 'memo', readText),
      reference: readOptional(row, 'reference', readText),
    }),
  };
}

function readPurse(row: Row, side: 'debit' | 'credit'): Purse {
  return { accountId: readText(row, `${side}_account`), part: readWord(row, `${side}_part`) };
}
