/** `plexus payouts` as a process, against a chain behind toncenter's API over HTTP, and killed where it hurts most. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Books, packChunk, type SeriesPoint } from '@plexus/core';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { isBuilt, startProgram } from '@plexus/testkit/program';
import { walletOfWords } from '@plexus/ton';
import { Address, Cell, toNano } from '@ton/core';
import { Blockchain } from '@ton/sandbox';
import { TonClient } from '@ton/ton';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Toncenter } from './support/toncenter.ts';

const WORDS =
  'taste public clinic island square multiply forest shoot under pen borrow galaxy knock style among solid music banner vendor wrong next twice game enemy';
const HOUR_MS = 3_600_000;
const API_KEY = 'toncenter-key';
const FROM = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS);
const TO = new Date(FROM.getTime() + HOUR_MS);
/** What each participant's worker earned in the hour; half of it is the participant's. */
const EARNED_TON = [2, 4, 6];

let folder: string;
let network: TestNetwork;
let books: Books;
let chain: Blockchain;
let api: Toncenter;
let endpoint: string;
let owners: readonly Address[];
let payer: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-payouts-'));
  network = await createTestNetwork({ nodes: 0, wrapBooks: (opened) => (books = opened) });
  chain = await Blockchain.create();
  chain.now = Math.floor(Date.now() / 1000);
  api = new Toncenter(chain, API_KEY);
  endpoint = await api.listen();
  writeFileSync(join(folder, 'words'), WORDS);
  payer = (await walletOfWords(WORDS.split(' '), 'testnet')).rawAddress;
  const bank = await chain.treasury('bank');
  await bank.send({ to: Address.parse(payer), value: toNano('100'), bounce: false });
  owners = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => (await chain.treasury(name, { balance: 0n })).address),
  );
  for (const [at, owner] of owners.entries()) await takePart(owner, EARNED_TON[at] ?? 0);
}, 60_000);
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await api.close();
  rmSync(folder, { recursive: true });
});

/** A participant by the API, with a worker of which the books have an hour already. */
async function takePart(owner: Address, earnedTon: number): Promise<void> {
  const { body } = await network.call('POST', '/api/v1/participants', {
    key: network.operatorKey,
    body: { ton_wallet_address: owner.toString({ bounceable: false }) },
  });
  const worker = { participantId: body.id, name: 'w', instanceNumber: 0, host: 'h', statsPort: 1, isActive: false };
  const times = { priceCoefficient: 1, createdAt: FROM, updatedAt: FROM };
  const { fleetId = 0 } = await books.commit({ type: 'addWorker', worker: { ...worker, ...times } });
  const pointAt = (minutes: number, revenue: number): SeriesPoint => ({
    at: new Date(FROM.getTime() + minutes * 60_000),
    status: 'healthy',
    polls: 1,
    answers: 1,
    revenue,
    requests: 0,
  });
  const points = [pointAt(-5, 1e9), pointAt(30, 1e9 + earnedTon * 1e9)];
  const chunk = packChunk({ workerId: fleetId, resolution: 'raw', startAt: pointAt(-5, 0).at, points });
  await books.commit({ type: 'keepSeries', states: [], chunks: [chunk], removed: [] });
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly errors: string;
}

function start(args: readonly string[], key = API_KEY): { readonly child: ChildProcess; readonly end: Promise<Ended> } {
  const place = ['--url', network.url, '--key', network.operatorKey, '--json'];
  const child = startProgram(['payouts', ...args, ...place], { env: { ...process.env, TONCENTER_API_KEY: key } });
  let out = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => (out += chunk));
  child.stderr?.on('data', (chunk) => (errors += chunk));
  const end = once(child, 'close').then(([code, signal]) => ({ code, signal, out, errors }));
  return { child, end };
}

const send = (plan: string, key?: string) =>
  start(['send', plan, '--testnet', '--endpoint', endpoint, '--wallet-file', join(folder, 'words')], key);

const received = async (): Promise<readonly bigint[]> =>
  await Promise.all(owners.map(async (owner) => (await chain.getContract(owner)).balance));

it.skipIf(!isBuilt)(
  'pays a plan once though it is killed between sending and writing it down',
  async () => {
    const range = ['--from', FROM.toISOString(), '--to', TO.toISOString()];
    const planned = await start(['plan', ...range, '--share', '5000']).end;
    const plan = JSON.parse(planned.out);
    expect(plan.shares.map((share: { amount_ton: string }) => share.amount_ton)).toEqual(['1', '2', '3']);

    const strange = await send(plan.id, 'another-key').end;
    expect([strange.code === 0, strange.errors]).toEqual([false, expect.stringContaining('API key does not exist')]);
    expect((await books.read.findPlan(plan.id))?.messages).toEqual([]);

    const first = send(plan.id);
    api.onSent = async () => {
      first.child.kill('SIGKILL');
      await first.end;
    };
    expect(await first.end).toMatchObject({ signal: 'SIGKILL' });
    expect((await books.read.findPlan(plan.id))?.messages).toMatchObject([{ state: 'signed' }]);
    api.onSent = () => undefined;

    const second = await send(plan.id).end;
    expect([second.code, JSON.parse(second.out).state]).toEqual([0, 'done']);
    expect(api.sends).toBe(1);
    for (const [at, amount] of (await received()).entries()) {
      // What arrives pays its own storage and gas, a few thousandths at most.
      expect(amount, `participant ${at + 1}`).toBeGreaterThan(toNano(at + 1) - toNano('0.02'));
      expect(amount, `participant ${at + 1}`).toBeLessThanOrEqual(toNano(at + 1));
    }
    const { body } = await network.call('GET', '/api/v1/payouts', { key: network.operatorKey });
    expect(body.map((payout: { amount_ton: number }) => payout.amount_ton).toSorted()).toEqual([1, 2, 3]);
    expect(new Set(body.map((payout: { confirmed: boolean }) => payout.confirmed))).toEqual(new Set([true]));
  },
  60_000,
);

it("is asked over an API that TON's own client reads, too", async () => {
  const client = new TonClient({ endpoint: `${endpoint}/jsonRPC`, apiKey: API_KEY });
  const address = Address.parse(payer);
  const { state, balance, data } = await client.getContractState(address);
  expect([state, balance < toNano('94'), balance > toNano('93')]).toEqual(['active', true, true]);
  const [contract] = Cell.fromBoc(data ?? Buffer.alloc(0));
  expect(contract?.beginParse().skip(1).loadUint(32)).toBe(1);
  const [transaction] = await client.getTransactions(address, { limit: 5 });
  const payments = transaction?.outMessages.values().map(({ info }) => String(info.dest)) ?? [];
  expect(payments.toSorted()).toEqual(owners.map(String).toSorted());
  await expect(client.sendFile(Cell.EMPTY.toBoc())).rejects.toThrow();
});
