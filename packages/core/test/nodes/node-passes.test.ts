import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { PASS_SECONDS, passMessage } from '@plexus/protocol';
import { expect, it } from 'vitest';
import { createNodePasses, type LiveNode } from '../../src/index.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const RAW = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
const NOON = Date.parse('2026-01-01T12:00:00Z');

function passOf({ nodeId = 'n', coordinatorKey = 'c', issuedAtMs = NOON } = {}): string {
  const message = Buffer.from(passMessage({ coordinatorKey, nodeId, issuedAtMs }));
  return `${issuedAtMs}.${sign(null, message, privateKey).toString('base64')}`;
}

function passesAt(now: number, nodes: readonly string[] = ['n']) {
  // Of a node nothing is looked at but its key.
  const node = { record: { publicKey: RAW } } as LiveNode;
  let checks = 0;
  const passes = createNodePasses({
    registry: { find: (id) => (nodes.includes(id) ? node : undefined) },
    crypto: {
      verify(_key, message, signature) {
        checks += 1;
        return verify(null, message, publicKey, signature);
      },
    },
    coordinatorKey: 'c',
    clock: () => new Date(now),
  });
  return { passes, checks: () => checks };
}

it('lets a connected node through, and checks its signature once', () => {
  const { passes, checks } = passesAt(NOON + PASS_SECONDS * 1000);
  const pass = passOf();
  passes.require('n', pass);
  passes.require('n', pass);
  expect(checks()).toBe(1);
});

it.each([
  ['is none', '', NOON],
  ['has no signature', `${NOON}.`, NOON],
  ['is another node’s', passOf({ nodeId: 'm' }), NOON],
  ['is for another coordinator', passOf({ coordinatorKey: 'd' }), NOON],
  ['has another time than was signed', passOf().replace(/^\d+/, String(NOON + 1)), NOON],
])('refuses a pass that %s', (_name, pass, now) => {
  const { passes } = passesAt(now);
  expect(() => passes.require('n', pass)).toThrow('This is for connected nodes');
});

it.each([
  ['behind', passOf(), NOON + PASS_SECONDS * 1000 + 1],
  ['ahead', passOf({ issuedAtMs: NOON + PASS_SECONDS * 1000 + 1 }), NOON],
])('tells a node whose clock is %s that it is', (_name, pass, now) => {
  expect(() => passesAt(now).passes.require('n', pass)).toThrow(
    'The clocks of this node and of its coordinator differ',
  );
});

it('refuses a node that is not connected', () => {
  expect(() => passesAt(NOON, []).passes.require('n', passOf())).toThrow('This is for connected nodes');
  expect(() => passesAt(NOON).passes.require(undefined, undefined)).toThrow('This is for connected nodes');
});
