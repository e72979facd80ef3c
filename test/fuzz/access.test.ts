/** Every operation of every listener by every kind of caller: who is let through, and that nobody else changes anything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAccessCallers } from './access-callers.ts';
import {
  type Access,
  type AccessCaller,
  type Ask,
  expectedOf,
  isAsExpected,
  SCOPES,
  type Things,
} from './access-rules.ts';
import { ACCESS } from './access-table.ts';
import { differences } from './books-view.ts';
import { must } from './callers.ts';
import { type Parts, rawRequest } from './fuzz-request.ts';
import type { Operation } from './operations.ts';
import { send } from './raw-http.ts';
import { createWorld } from './world.ts';

const world = await createWorld();
afterAll(() => world[Symbol.asyncDispose]());

const { network } = world;
const documented = world.operations.filter(({ isDocumented }) => isDocumented);
const rows = documented.flatMap((operation) => {
  const access = ACCESS[operation.id];
  return access ? [{ name: `${operation.listener}: ${operation.id}`, operation, access }] : [];
});

let callers: readonly AccessCaller[];
let things: Things;
let otherClient: AccessCaller;

beforeAll(async () => {
  const client = await network.register();
  const { api_key: key, node_id: accountId } = client;
  const grant = { account_id: accountId, credits: '100000' };
  await must(network, 'POST', '/plexus/v1/grants', { key: network.operatorKey, body: grant });
  callers = await makeAccessCallers(network, key);
  otherClient = { name: 'another client', key: (await network.register()).api_key, scopes: new Set(SCOPES) };
  things = await makeThings(key, accountId);
});

async function makeThings(key: string, accountId: string): Promise<Things> {
  const body = { service: 'echo', content: 'mine', wait_seconds: 10 };
  const job = (await must(network, 'POST', '/plexus/v1/jobs', { key, body })).body;
  const { body: head } = await must(network, 'GET', '/plexus/v1/log/head', {});
  return {
    accountId,
    jobId: job.id,
    receiptId: job.receipt_id,
    nodeId: job.node_id,
    victimId: 'victim',
    treeSize: head.tree_size,
    makeKey: async () => (await must(network, 'POST', '/plexus/v1/keys', { key, body: {} })).body.id,
  };
}

async function statusFor(
  operation: Operation,
  { key }: AccessCaller,
  ask: Ask,
  keyPlace: Parts['keyPlace'],
): Promise<number> {
  const { path = {}, query = {}, body } = ask;
  const caller = { name: '', key, weight: 1 };
  const answer = await send(operation.url, rawRequest({ operation, caller, keyPlace, path, query, header: {}, body }));
  if (answer === 'closed') throw new Error('The connection was closed without an answer');
  return answer.status;
}

/** What is wrong with what a caller was told, or what changed although it was refused. */
async function faultOf(operation: Operation, access: Access, caller: AccessCaller): Promise<string | undefined> {
  const ask = (await access.ask?.(things)) ?? {};
  const expected = expectedOf(access, caller);
  for (const keyPlace of ['bearer', 'header'] as const) {
    const before = world.books.snapshot();
    const status = await statusFor(operation, caller, ask, keyPlace);
    if (!isAsExpected(status, expected))
      return `${caller.name} was told ${status} instead of ${expected} (${keyPlace})`;
    const changes = status >= 400 ? differences(before, world.books.snapshot()) : [];
    if (changes.length > 0) return `${caller.name} was refused and changed ${changes.join('; ')}`;
    if (caller.scopes) return undefined;
  }
  return undefined;
}

it('every operation has a row, and every row an operation', () => {
  const ids = new Set(documented.map(({ id }) => id));
  expect([...ids].filter((id) => !(id in ACCESS))).toEqual([]);
  expect(Object.keys(ACCESS).filter((id) => !ids.has(id))).toEqual([]);
});

it('the documents say where a key is needed', () => {
  const wrong = rows.filter(({ operation, access }) => operation.isOpen !== (access.needs === 'nothing'));
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

describe.each(rows)('$name', ({ operation, access }) => {
  it('lets through whom it must, and nobody else', async () => {
    const faults: (string | undefined)[] = [];
    for (const caller of callers) faults.push(await faultOf(operation, access, caller));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  }, 60_000);
});

const ofSomebody = rows.flatMap((row) => (row.access.ofOthers ? [{ ...row, ofOthers: row.access.ofOthers }] : []));

it.each(ofSomebody)("$name keeps what is somebody else's from clients", async ({ operation, access, ofOthers }) => {
  const ask = (await access.ask?.(things)) ?? {};
  const before = world.books.snapshot();
  expect(isAsExpected(await statusFor(operation, otherClient, ask, 'bearer'), ofOthers.client)).toBe(true);
  expect(differences(before, world.books.snapshot())).toEqual([]);
  const operator = { name: 'the operator', key: network.operatorKey };
  expect(isAsExpected(await statusFor(operation, operator, ask, 'bearer'), ofOthers.operator)).toBe(true);
});

it.each([
  ['nobody', 101],
  ['a key that is unknown', 401],
  ['a revoked key', 401],
  ['an expired key', 401],
  ['a client', 101],
  ['the operator', 101],
])('a socket for a node on loopback: %s is answered %d', async (name, status) => {
  const key = callers.find((caller) => caller.name === name)?.key;
  const answer = await send(network.url, {
    method: 'GET',
    target: '/ws/node',
    headers: [
      ['host', new URL(network.url).host],
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
      ...(key === undefined ? [] : [['authorization', `Bearer ${key}`] as const]),
    ],
  });
  expect(answer).toMatchObject({ status });
});
