import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createGuests } from '@plexus/core';
import { createMemoryBooks } from '@plexus/testkit';

const MINT = 'mint';

async function guestsOf(secret: string) {
  const books = createMemoryBooks();
  const clock = () => new Date('2026-01-01T00:00:00Z');
  await books.commit({
    type: 'openAccount',
    account: { id: MINT, kind: 'mint', name: MINT, createdAt: clock() },
    grant: 0n,
    mintId: MINT,
  });
  const hashText = (text: string) => createHash('sha256').update(text).digest('hex');
  const newSecret = (seed = '') => hashText(`${secret} ${seed}`);
  const issuer = { clock, newId: () => 'id', hashText, newSecret };
  return { books, guests: createGuests({ books, issuer, mintId: MINT, onAccounts: () => undefined }) };
}

it('an address at a node is always the same account, also after a restart, and each another', async () => {
  const [first, second] = [await guestsOf('s'), await guestsOf('s')];
  const caller = first.guests.callerAt('1.2.3.4', 'node-1');
  expect(first.guests.callerAt('1.2.3.4', 'node-1')).toBe(caller);
  expect(second.guests.callerAt('1.2.3.4', 'node-1')).toEqual(caller);
  expect(first.guests.callerAt('1.2.3.5', 'node-1').accountId).not.toBe(caller.accountId);
  expect(first.guests.callerAt('1.2.3.4', 'node-2').accountId).not.toBe(caller.accountId);
  expect((await guestsOf('other')).guests.callerAt('1.2.3.4', 'node-1').accountId).not.toBe(caller.accountId);
  expect(caller).toMatchObject({ role: 'client', scopes: ['submit', 'read'], limited: false });
});

it('an account is opened when it is needed, once, with nothing in it', async () => {
  const { books, guests } = await guestsOf('s');
  const caller = guests.callerAt('1.2.3.4', 'node-1');
  expect(await books.read.findAccount(caller.accountId)).toBeUndefined();
  await Promise.all([guests.open(caller), guests.open(caller)]);
  await guests.open({ ...caller, accountId: 'somebody with a key' });
  expect(await books.read.findAccount(caller.accountId)).toMatchObject({ name: '1.2.3.4', available: 0n });
  expect(await books.read.findKey(caller.keyId)).toMatchObject({ accountId: caller.accountId });
});

it('a guest that calls while ten thousand others do is still known when its account is needed', async () => {
  const { books, guests } = await guestsOf('s');
  const call = () => guests.callerAt('1.2.3.4', 'node-1');
  call();
  for (let i = 1; i < 10_000; i++) guests.callerAt(`others ${i}`, 'node-1');
  const caller = call();
  guests.callerAt('1.2.3.5', 'node-1');
  await guests.open(caller);
  expect(await books.read.findAccount(caller.accountId)).toMatchObject({ name: '1.2.3.4' });
});
