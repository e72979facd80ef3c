import { setImmediate } from 'node:timers/promises';
import type { Books, Command } from '@plexus/core';
import { expect, it } from 'vitest';
import { CLIENT, FEES, GRANT, keyOf, NOON, openAccount, type Stage } from './books-fixtures.ts';

const DAY_MS = 86_400_000;
const daysLater = (days: number): Date => new Date(NOON.getTime() + days * DAY_MS);
const ADDRESS = `0x${'c'.repeat(40)}`;
const OTHER = `0x${'d'.repeat(40)}`;
const KEY = 'key_wallet';

function send(reference: string, fields: Partial<Extract<Command, { type: 'sendCredits' }>> = {}): Command {
  return {
    type: 'sendCredits',
    reference,
    accountId: CLIENT,
    keyId: KEY,
    from: ADDRESS,
    to: OTHER,
    payeeId: OTHER,
    amount: 1000n,
    fee: 1n,
    feesId: FEES,
    at: NOON,
    ...fields,
  };
}

const stake = (amount: bigint, durationDays: number, at = NOON): Command => ({
  type: 'stakeCredits',
  accountId: CLIENT,
  keyId: KEY,
  amount,
  durationDays,
  at,
});
const unstake = (cooldownId: string, amount: bigint, at: Date): Command => ({
  type: 'unstakeCredits',
  cooldownId,
  accountId: CLIENT,
  keyId: KEY,
  amount,
  at,
});

/** What is sent, staked and taken out again. */
export function walletConformance(stage: Stage): void {
  sendConformance(stage);
  stakeConformance(stage);
  stakeLimitConformance(stage);
  it('lists what an account paid and got, newest first, each once, with a true total', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf(KEY) });
    await books.commit(send('tx_1', { memo: 'thanks' }));
    await books.commit(stake(500n, 1));
    await books.commit(unstake('cd_1', 500n, daysLater(1)));
    await books.commit({ type: 'matureCooldown', cooldownId: 'cd_1', accountId: CLIENT, at: daysLater(8) });
    const { postings, total } = await books.read.pagePostings(CLIENT, { limit: 99, offset: 0 });
    expect(postings.map(({ entry: { kind }, side }) => `${kind} ${side}`)).toEqual([
      'unstake out',
      'stake out',
      'fee out',
      'send out',
      'register_bonus in',
    ]);
    expect(total).toBe(5);
    expect(postings[3]?.entry).toMatchObject({ reference: 'tx_1', memo: 'thanks', amount: 1000n });
    const page = await books.read.pagePostings(CLIENT, { limit: 2, offset: 3 });
    expect(page).toEqual({ postings: postings.slice(3), total: 5 });
    expect(await books.read.pagePostings(CLIENT, { limit: 2, offset: 5 })).toEqual({ postings: [], total: 5 });
  });

  it('counts what it lists, while more comes', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf(KEY) });
    let isSending = true;
    const sending = (async () => {
      for (let at = 0; at < 50; at++) {
        await Promise.all([0, 1, 2, 3].map((one) => books.commit(send(`tx_${at}_${one}`, { amount: 1n, fee: 0n }))));
      }
    })().finally(() => (isSending = false));
    while (isSending) {
      const { postings, total } = await books.read.pagePostings(CLIENT, { limit: 1000, offset: 0 });
      expect(total).toBe(postings.length);
      // Reads may be synchronous: they must not keep answers from coming in.
      await setImmediate();
    }
    await sending;
  });
}

function sendConformance(stage: Stage): void {
  it('keeps what is sent to an address that nobody has for whoever comes to have it', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf(KEY) });
    await books.commit(send('tx_1'));
    expect(await books.read.findAccount(OTHER)).toMatchObject({ kind: 'custody', available: 1000n });
    await books.commit(openAccount('acct_other', 'client'));
    const name = { type: 'nameAddress', address: OTHER, accountId: 'acct_other', at: NOON } as const;
    await books.commit(name);
    await books.commit(name);
    expect(await books.read.findAddress(OTHER)).toBe('acct_other');
    expect(await books.read.findAccount('acct_other')).toMatchObject({ available: 1000n });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT - 1001n });
  });

  it('sends once for one claim, and counts what a limited key sends', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf(KEY, { spendLimit: 1500n }) });
    const claim = { accountId: CLIENT, key: 'mine', requestHash: 'a' };
    const first = await books.commit(send('tx_1', { claim }));
    const again = await books.commit(send('tx_2', { claim }));
    expect(again.answer).toBe(first.answer);
    const other = books.commit(send('tx_3', { claim: { ...claim, requestHash: 'b' } }));
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    await expect(books.commit(send('tx_4'))).rejects.toMatchObject({ code: 'SPEND_LIMIT_EXCEEDED' });
    await expect(books.commit(send('tx_5', { amount: GRANT }))).rejects.toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
    });
    expect(await books.read.findAccount(CLIENT)).toMatchObject({ available: GRANT - 1001n });
    expect(await books.read.findKey(KEY)).toMatchObject({ spent: 1001n });
  });
}

function stakeConformance(stage: Stage): void {
  it('locks a stake until its day, and makes it available seven days after it is taken out', async () => {
    const { books } = stage;
    const { answer = '' } = await books.commit(stake(600n, 30));
    expect(JSON.parse(answer)).toMatchObject({ amount: '600', durationDays: 30, staked: '600' });
    await books.commit(stake(400n, 10, daysLater(1)));
    // The 29 days that were left are more than 10.
    expect(await books.read.findStake(CLIENT)).toMatchObject({ amount: 1000n, durationDays: 29 });
    await expect(books.commit(unstake('cd_0', 1n, daysLater(29)))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(books.commit(unstake('cd_0', 1001n, daysLater(30)))).rejects.toMatchObject({
      code: 'INSUFFICIENT_BALANCE',
    });
    await books.commit(unstake('cd_1', 700n, daysLater(30)));
    expect(await partsOf(books)).toEqual({ available: GRANT - 1000n, staked: 300n, cooling: 700n });
    const mature = (days: number) =>
      books.commit({ type: 'matureCooldown', cooldownId: 'cd_1', accountId: CLIENT, at: daysLater(days) });
    await mature(36);
    expect(await books.read.listDueCooldowns(daysLater(36), 9)).toEqual([]);
    expect(await books.read.listDueCooldowns(daysLater(37), 9)).toMatchObject([{ id: 'cd_1', amount: 700n }]);
    await mature(37);
    await mature(38);
    if (stage.reopen) await stage.books.close().then(stage.reopen);
    expect(await partsOf(stage.books)).toEqual({ available: GRANT - 300n, staked: 300n, cooling: 0n });
    expect(await stage.books.read.listDueCooldowns(daysLater(99), 9)).toEqual([]);
    expect(await stage.books.read.findStake(CLIENT)).toMatchObject({ amount: 300n });
  });
}

function stakeLimitConformance(stage: Stage): void {
  it('counts what a limited key stakes and takes out again', async () => {
    const { books } = stage;
    await books.commit({ type: 'createKey', key: keyOf(KEY, { spendLimit: 500n }) });
    await expect(books.commit(stake(501n, 1))).rejects.toMatchObject({ code: 'SPEND_LIMIT_EXCEEDED' });
    expect(await books.read.findStake(CLIENT)).toBeUndefined();
    await books.commit(stake(300n, 1));
    const [tooMuch, rest] = [unstake('cd_1', 201n, daysLater(1)), unstake('cd_2', 200n, daysLater(1))];
    await expect(books.commit(tooMuch)).rejects.toMatchObject({ code: 'SPEND_LIMIT_EXCEEDED' });
    await books.commit(rest);
    expect(await partsOf(books)).toEqual({ available: GRANT - 300n, staked: 100n, cooling: 200n });
    expect(await books.read.findKey(KEY)).toMatchObject({ spent: 500n });
  });
}

async function partsOf(books: Books) {
  const account = await books.read.findAccount(CLIENT);
  return { available: account?.available, staked: account?.staked, cooling: account?.cooling };
}
