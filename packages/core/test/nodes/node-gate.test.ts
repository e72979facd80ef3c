import { expect, test } from 'vitest';
import type { Account } from '../../src/accounts/account.ts';
import type { Caller } from '../../src/accounts/caller.ts';
import { DomainError } from '../../src/errors.ts';
import type { LiveNode } from '../../src/nodes/live-node.ts';
import { createNodeGate } from '../../src/nodes/node-gate.ts';

const NODE = { record: { id: 'node-1', accountId: 'earner' } } as LiveNode;
const CLAIM = { nodeId: 'node-1', pass: 'good' };

const CALLERS: Readonly<Record<string, Pick<Caller, 'accountId' | 'scopes'>>> = {
  owner: { accountId: 'owner', scopes: ['submit', 'read', 'wallet', 'keys'] },
  stranger: { accountId: 'stranger', scopes: ['submit', 'read', 'wallet', 'keys'] },
  scoped: { accountId: 'stranger', scopes: ['node:node-1'] },
  elsewhere: { accountId: 'stranger', scopes: ['submit', 'node:node-2'] },
};

function gateOf(isLocal: boolean) {
  return createNodeGate({
    authenticator: {
      authenticate: async (key = '') => ({ keyId: key, role: 'client', limited: false, ...CALLERS[key] }) as Caller,
      forget: () => undefined,
    },
    passes: {
      require(nodeId = '', pass = '') {
        if (pass !== 'good') throw new DomainError('NODE_IDENTITY_REFUSED', 'no pass', { nodeId });
      },
    },
    registry: { find: (nodeId) => (nodeId === 'node-1' ? NODE : undefined) },
    reader: { findAccount: async (id) => (id === 'earner' ? ({ ownerId: 'owner' } as Account) : undefined) },
    isLocal,
  });
}

const REFUSED = { code: 'INVALID_API_KEY' };

test('a node of somebody else takes its owner’s keys, and keys that were made for it', async () => {
  const gate = gateOf(false);
  expect((await gate.authenticate('owner', CLAIM)).accountId).toBe('owner');
  expect((await gate.authenticate('scoped', CLAIM)).scopes).toEqual(['node:node-1', 'submit', 'read']);
  await expect(gate.authenticate('stranger', CLAIM)).rejects.toMatchObject({
    ...REFUSED,
    message: expect.stringContaining('plexus keys create --scope node:node-1 --spend-limit'),
  });
  await expect(gate.authenticate('elsewhere', CLAIM)).rejects.toMatchObject(REFUSED);
});

test('on this machine alone every key is good on every node, but those for another one', async () => {
  const gate = gateOf(true);
  expect((await gate.authenticate('stranger', CLAIM)).accountId).toBe('stranger');
  await expect(gate.authenticate('elsewhere', CLAIM)).rejects.toMatchObject(REFUSED);
});

test('a key that was made for a node is good nowhere else', async () => {
  for (const isLocal of [true, false]) {
    await expect(gateOf(isLocal).authenticate('scoped')).rejects.toMatchObject(REFUSED);
    expect((await gateOf(isLocal).authenticate('stranger')).accountId).toBe('stranger');
  }
});

test('whoever says to be a node must have its pass', async () => {
  const call = gateOf(true).authenticate('owner', { ...CLAIM, pass: 'bad' });
  await expect(call).rejects.toMatchObject({ code: 'NODE_IDENTITY_REFUSED' });
});
