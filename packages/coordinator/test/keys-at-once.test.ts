/** Keys that are asked for at once, before the books have any of them. */
import { createHash } from 'node:crypto';
import { type Caller, createKeyService, type NewKey } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';
import { expect, test } from 'vitest';

const CALLER: Caller = {
  accountId: 'a',
  keyId: 'first',
  role: 'client',
  scopes: ['submit', 'read', 'wallet', 'keys'],
  limited: false,
};

test('one Idempotency-Key stands for the first of two requests that differ, and answers with what is kept', async () => {
  const books = createMemoryBooks();
  const account = { id: 'a', kind: 'client', name: 'a', createdAt: new Date(0) } as const;
  await books.commit({ type: 'openAccount', account, grant: 0n, mintId: 'a' });
  let now = 0;
  const issuer = {
    clock: () => new Date(now++),
    newId: () => 'id',
    hashText: (text: string) => createHash('sha256').update(text).digest('hex'),
    newSecret: (seed = '') => `gn_${seed}`,
  };
  const authenticator = { authenticate: () => Promise.reject(new Error('not asked')), forget: () => undefined };
  const keys = createKeyService({ books, issuer, authenticator });
  const ask = (request: NewKey) => keys.create(CALLER, { ...request, idempotency: { key: 'once', requestHash: '' } });

  const [first, second, again] = await Promise.allSettled([
    ask({ spendLimit: 5n }),
    ask({ spendLimit: 500n }),
    ask({ spendLimit: 5n }),
  ]);
  const [kept] = await books.read.listKeys('a', { limit: 1 });
  expect(first).toMatchObject({ status: 'fulfilled', value: { key: kept } });
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'IDEMPOTENCY_MISMATCH' } });
  expect(again).toEqual(first);
});
