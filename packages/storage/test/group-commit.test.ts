import type { Command, Job, LoadedState, StoredReceipt } from '@plexus/core';
import { describe, expect, it } from 'vitest';
import type { BooksDriver } from '../src/driver.ts';
import { commitGroups } from '../src/group-commit.ts';

const NOON = new Date('2025-01-15T12:00:00.000Z');

function open(id: string): readonly Command[] {
  return [
    { type: 'openAccount', account: { id, kind: 'client', name: id, createdAt: NOON }, grant: 0n, mintId: 'mint' },
  ];
}

/** A driver that keeps account ids and fails where it is told to. */
function createFakeDriver(fail: Partial<Record<'begin' | 'save' | 'commit', (ids: string[]) => boolean>>) {
  const kept: string[] = [];
  const log: string[] = [];
  let saved: string[] = [];
  const step = (name: 'begin' | 'save' | 'commit'): void => {
    log.push(name);
    if (fail[name]?.(saved)) throw new Error(`${name} broke`);
  };
  const driver: BooksDriver<Job, StoredReceipt> = {
    begin: () => step('begin'),
    load: () => EMPTY,
    save(draft) {
      saved = [...draft.accounts.keys()];
      step('save');
    },
    commit() {
      step('commit');
      kept.push(...saved);
    },
    rollback: () => void log.push('rollback'),
    close: () => undefined,
  };
  return { driver, kept, log };
}

const EMPTY: LoadedState = {
  accounts: new Map(),
  keys: new Map(),
  jobs: new Map(),
  nodes: new Map(),
  scores: new Map(),
  claims: new Map(),
  jobClaims: new Map(),
  ratings: new Map(),
  deliveries: new Map(),
  webhookSecrets: new Map(),
  addresses: new Map(),
  stakes: new Map(),
  cooldowns: new Map(),
  proofs: new Map(),
  offers: new Map(),
  acceptances: new Map(),
  fleetCounters: new Map(),
  participants: new Map(),
  wallets: new Map(),
  workers: new Map(),
  nodeWorkers: new Map(),
  payoutHashes: new Map(),
  plans: new Map(),
  leafCount: 0,
};

describe('group commit', () => {
  it('commits all groups in one transaction', () => {
    const { driver, kept, log } = createFakeDriver({});
    const results = commitGroups(driver, [open('a'), open('b')]);
    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
    expect(kept).toEqual(['a', 'b']);
    expect(log).toEqual(['begin', 'save', 'commit']);
  });

  it('tries each group alone when the batch cannot be written, so that one fails alone', () => {
    const { driver, kept } = createFakeDriver({ save: (ids) => ids.includes('bad') });
    const results = commitGroups(driver, [open('a'), open('bad'), open('b')]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(kept).toEqual(['a', 'b']);
    expect(results[1]).toMatchObject({ error: { name: 'StorageError', code: 'write_failed' } });
  });

  it('fails the whole batch when the disk refuses it, without trying again, and goes on', () => {
    let full = true;
    const { driver, kept, log } = createFakeDriver({ commit: () => full });
    const results = commitGroups(driver, [open('a'), open('b')]);
    const failed = { ok: false, error: { code: 'write_failed', message: 'Nothing was written: commit broke' } };
    expect(results).toMatchObject([failed, failed]);
    expect(log).toEqual(['begin', 'save', 'commit', 'rollback']);
    full = false;
    expect(commitGroups(driver, [open('c')])).toMatchObject([{ ok: true }]);
    expect(kept).toEqual(['c']);
  });

  it('fails the whole batch when no transaction can begin', () => {
    const { driver, kept } = createFakeDriver({ begin: () => true });
    expect(commitGroups(driver, [open('a'), open('b')]).map(({ ok }) => ok)).toEqual([false, false]);
    expect(kept).toEqual([]);
  });

  it('answers a refusal to its own caller only', () => {
    const { driver, kept } = createFakeDriver({});
    const refused: Command = { type: 'revokeKey', keyId: 'none', at: NOON };
    const results = commitGroups(driver, [open('a'), [...open('b'), refused]]);
    expect(results).toMatchObject([{ ok: true }, { ok: false, error: { code: 'KEY_NOT_FOUND' } }]);
    expect(kept).toEqual(['a']);
  });
});
