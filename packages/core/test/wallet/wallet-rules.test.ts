/** Wallets under any sequence of commands, some of which are refused: no credit is made, lost, or in two places. */
import type { Account, BalancePart, Command } from '@plexus/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLIENTS, commit, createWorld, FEES, KEYS, KEY_LIMIT, NOON, type World } from '../books/world.ts';

const DAY_MS = 86_400_000;
const STRANGER = `0x${'ab'.repeat(20)}`;
const PARTS: readonly BalancePart[] = ['available', 'held', 'staked', 'cooling'];
const COOLDOWNS = 6;

const client = fc.constantFrom(...CLIENTS);
const keyId = fc.constantFrom(...KEYS);
const amount = fc.bigInt({ min: 1n, max: 300n });
const cooldownId = fc.nat({ max: COOLDOWNS - 1 }).map((number) => `cooldown_${number}`);

/** A command but for its time. */
type Undated = (at: Date) => Command;

const send = fc
  .record({ amount, fee: fc.bigInt({ min: 0n, max: 3n }), keyId, other: fc.boolean() })
  .map(({ other, ...paid }): Undated => {
    const to = other ? CLIENTS[1] : STRANGER;
    const parties = { accountId: CLIENTS[0], from: CLIENTS[0], to, payeeId: to, feesId: FEES };
    return (at) => ({ type: 'sendCredits', reference: 'tx', ...parties, ...paid, at });
  });
const stake = fc
  .record({ accountId: client, keyId, amount, durationDays: fc.integer({ min: 1, max: 40 }) })
  .map((all): Undated => (at) => ({ type: 'stakeCredits', ...all, at }));
const unstake = fc.record({ accountId: client, keyId, amount, cooldownId }).map((all): Undated => (at) => ({
  type: 'unstakeCredits',
  ...all,
  at,
}));
const mature = fc.record({ accountId: client, cooldownId }).map((all): Undated => (at) => ({
  type: 'matureCooldown',
  ...all,
  at,
}));
const name = client.map((accountId): Undated => (at) => ({ type: 'nameAddress', address: STRANGER, accountId, at }));

const steps = fc.array(fc.tuple(fc.nat({ max: 15 }), fc.oneof(send, stake, stake, unstake, unstake, mature, name)), {
  maxLength: 60,
  size: 'max',
});

/** An id is used once, as ids are: what would use it again is left out. */
function isNew(command: Command, { cooldowns }: World): boolean {
  return command.type !== 'unstakeCredits' || !cooldowns.has(command.cooldownId);
}

function total(account: Account): bigint {
  return PARTS.reduce((sum, part) => sum + account[part], 0n);
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, one) => sum + one, 0n);
}

function expectSound(world: World): void {
  const accounts = [...world.accounts.values()];
  expect(sumOf(accounts.map(total))).toBe(0n);
  for (const { id, kind, available, staked, cooling } of accounts) {
    if (kind !== 'mint') expect(available).toBeGreaterThanOrEqual(0n);
    expect(staked).toBe(world.stakes.get(id)?.amount ?? 0n);
    const open = [...world.cooldowns.values()].filter(({ accountId, maturedAt }) => accountId === id && !maturedAt);
    expect(cooling).toBe(sumOf(open.map((cooldown) => cooldown.amount)));
    const moves = world.transfers.flatMap(({ debit, credit, amount: moved }) => [
      ...(debit.accountId === id ? [-moved] : []),
      ...(credit.accountId === id ? [moved] : []),
    ]);
    expect(total(world.accounts.get(id) as Account)).toBe(sumOf(moves));
  }
  expect(world.keys.get(KEYS[1])?.spent).toBeLessThanOrEqual(KEY_LIMIT);
}

test('no sequence of sends, stakes, unstakes and cooldowns makes or loses a credit, or frees one before its day', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = createWorld();
      let at = NOON;
      for (const [days, dated] of all) {
        at = new Date(at.getTime() + days * DAY_MS);
        const command = dated(at);
        if (!isNew(command, world)) continue;
        const { stakes, cooldowns } = world;
        const locked = command.type === 'unstakeCredits' ? stakes.get(command.accountId) : undefined;
        const cold = command.type === 'matureCooldown' ? cooldowns.get(command.cooldownId) : undefined;
        const availableBefore = cold && world.accounts.get(cold.accountId)?.available;
        commit(world, [[command]], (_draft, applied) => {
          if (locked && applied.ok) expect(locked.unlockAt.getTime()).toBeLessThanOrEqual(at.getTime());
        });
        if (cold && (cold.maturedAt !== undefined || cold.readyAt > at)) {
          expect(world.accounts.get(cold.accountId)?.available).toBe(availableBefore);
        }
        expectSound(world);
      }
    }),
    { numRuns: 200 },
  );
});
