/** The wallet of seed 003, on a node's port: what the page prints is sent, and the answers are compared field by field. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { addressOf } from '../packages/core/src/wallet/address.ts';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

const ADDRESS = /^0x[0-9a-f]{40}$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const DAY_MS = 86_400_000;
const SOMEBODY = `0x${'ab'.repeat(20)}`;
const WALLET = '/api/v1/wallet';

let world: NeuroshardWorld;
beforeAll(async () => {
  world = await createNeuroshardWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A client with so many NEURO. */
async function funded(neuro: number): Promise<string> {
  const { network } = world;
  const { api_key: key, node_id: id, balance } = await network.register();
  const body = { account_id: id, credits: String(neuro - balance) };
  const { status } = await network.call('POST', '/plexus/v1/grants', { key: network.operatorKey, body });
  expect(status).toBe(201);
  return key;
}

const balanceOf = async (key: string) => (await world.call('GET', `${WALLET}/balance`, { key })).body;

describe('GET /wallet/balance', () => {
  it('has every printed field', async () => {
    const { status, body } = await world.call('GET', `${WALLET}/balance`, { key: await funded(12_345.67) });
    expect(status).toBe(200);
    expect(body).toEqual({
      address: expect.stringMatching(ADDRESS),
      balances: { available: 12_345.67, staked: 0, pending: 0, total: 12_345.67 },
      staking: { amount: 0, duration_days: 0, start_date: null, unlock_date: null, multiplier: 1 },
    });
  });

  it('without a valid token is refused as printed', async () => {
    for (const options of [{}, { key: 'gn_0' }]) {
      const { status, body } = await world.call('GET', `${WALLET}/balance`, options);
      expect(status).toBe(401);
      expect(body.error).toMatchObject({ code: 'UNAUTHORIZED', message: expect.any(String) });
    }
  });
});

describe('POST /wallet/send', () => {
  it('pays the recipient, and takes amount and fee from the sender', async () => {
    const [from, to] = [await funded(20_000), await funded(2000)];
    const [sender, recipient] = [await balanceOf(from), await balanceOf(to)];
    const asked = { to: recipient.address, amount: 100.0, memo: 'Payment for services' };
    const { status, body } = await world.call('POST', `${WALLET}/send`, { key: from, body: asked });
    expect(status).toBe(200);
    expect(body).toEqual({
      transaction_id: expect.stringMatching(/^tx_/),
      from: sender.address,
      to: recipient.address,
      amount: 100,
      fee: 0.1,
      memo: 'Payment for services',
      status: 'confirmed',
      timestamp: expect.stringMatching(ISO),
    });
    expect((await balanceOf(from)).balances.available).toBe(19_899.9);
    expect((await balanceOf(to)).balances.available).toBe(2100);
    const { transaction_id: id, timestamp } = body;
    const page = async (key: string) =>
      (await world.call('GET', `${WALLET}/transactions?limit=10&offset=0`, { key })).body;
    const sent = await page(from);
    expect(sent).toMatchObject({ total: 4, limit: 10, offset: 0 });
    expect(sent.transactions.slice(0, 2)).toEqual([
      { id: expect.stringMatching(/^tx_/), type: 'fee', amount: -0.1, timestamp },
      {
        id,
        type: 'send',
        amount: -100,
        to: recipient.address,
        timestamp,
        details: { memo: 'Payment for services' },
      },
    ]);
    const received = await page(to);
    expect(received.transactions[0]).toMatchObject({ id, type: 'receive', amount: 100, from: sender.address });
    expect(received.total).toBe(3);
  });

  it('takes any address that is one, also when nobody has it', async () => {
    const key = await funded(2000);
    const { status, body } = await world.call('POST', `${WALLET}/send`, { key, body: { to: SOMEBODY, amount: 1 } });
    expect([status, body.to, body.fee]).toEqual([200, SOMEBODY, 0.001]);
  });
});

it('what was sent to one who has not looked at his wallet yet is his as soon as he lists his transactions, or stakes', async () => {
  const key = await funded(3000);
  const [lister, staker] = await Promise.all([world.network.register(), world.network.register()]);
  for (const { node_id: id } of [lister, staker]) {
    const to = addressOf((text) => createHash('sha256').update(text).digest('hex'), id);
    const { status } = await world.call('POST', `${WALLET}/send`, { key, body: { to, amount: 7 } });
    expect(status).toBe(200);
  }
  const { body: page } = await world.call('GET', `${WALLET}/transactions`, { key: lister.api_key });
  expect(page.transactions[0]).toMatchObject({ type: 'receive', amount: 7 });
  const body = { amount: staker.balance + 7, duration_days: 1 };
  expect((await world.call('POST', `${WALLET}/stake`, { key: staker.api_key, body })).status).toBe(200);
});

describe('POST /wallet/send refuses', () => {
  it.each([
    ['a negative amount', { amount: -1 }],
    ['nothing', { amount: 0 }],
    ['seven places', { amount: 0.1234567 }],
    ['less than the smallest part', { amount: 1e-7 }],
    ['a text', { amount: '1' }],
    ['what is no number', `{"to":"${SOMEBODY}","amount":NaN}`],
    ['what is not finite', `{"to":"${SOMEBODY}","amount":1e999}`],
    ['no address', { to: '0xabcd...1234' }],
    ['no recipient', { to: undefined }],
  ])('%s with 400, and moves nothing', async (_name, change) => {
    const key = await funded(2000);
    const body = typeof change === 'string' ? change : { to: SOMEBODY, amount: 1, ...change };
    const answer = await world.call('POST', `${WALLET}/send`, { key, body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('VALIDATION_ERROR');
    expect((await balanceOf(key)).balances.total).toBe(2000);
  });

  it('the own address, in whatever letters', async () => {
    const key = await funded(2000);
    const { address } = await balanceOf(key);
    const to = `0x${address.slice(2).toUpperCase()}`;
    const { status, body } = await world.call('POST', `${WALLET}/send`, { key, body: { to, amount: 1 } });
    expect([status, body.error.details]).toEqual([400, { field: 'to' }]);
  });

  it('with 402, as printed, when amount and fee are more than there is', async () => {
    const key = await funded(1050);
    const { status, body } = await world.call('POST', `${WALLET}/send`, { key, body: { to: SOMEBODY, amount: 1050 } });
    expect(status).toBe(402);
    expect(body).toEqual({
      error: {
        code: 'INSUFFICIENT_BALANCE',
        message: 'Not enough NEURO for this operation',
        details: { required: 1051.05, available: 1050 },
      },
    });
  });
});

describe('POST /wallet/send', () => {
  it('sends once under one Idempotency-Key, and tells who uses it for something else', async () => {
    const key = await funded(2000);
    const headers = { 'idempotency-key': 'send-1' };
    const send = (amount: number) =>
      world.call('POST', `${WALLET}/send`, { key, headers, body: { to: SOMEBODY, amount } });
    const answers = await Promise.all([send(1500), send(1500), send(1500)]);
    const later = await send(1500);
    for (const { status, body } of answers) expect([status, body]).toEqual([200, later.body]);
    expect((await send(1)).status).toBe(409);
    expect((await balanceOf(key)).balances.available).toBe(498.5);
  });
});

it('1,000 sends, 250 at once, never spend more than there is, and nothing is lost', async () => {
  const key = await funded(2000);
  const before = (await world.network.call('GET', '/api/v1/balance', { key })).body.balance;
  const send = () => world.call('POST', `${WALLET}/send`, { key, body: { to: SOMEBODY, amount: 10 } });
  // No more connections at once than a listener keeps waiting.
  const lanes = Array.from({ length: 250 }, async () => [await send(), await send(), await send(), await send()]);
  const statuses = (await Promise.all(lanes)).flat().map(({ status }) => status);
  const sent = statuses.filter((status) => status === 200).length;
  expect(statuses.filter((status) => status !== 200 && status !== 402)).toEqual([]);
  expect([before, sent]).toEqual([2000, 199]);
  expect((await balanceOf(key)).balances.available).toBe(8.01);
  const metrics = await (await fetch(`${world.network.url}/metrics`)).text();
  expect(metrics).toMatch(/^plexus_ledger_imbalance\S* 0$/m);
});

it('a key with a limit stakes no more than it may spend', async () => {
  const owner = await funded(2000);
  const limits = { spend_limit: '0.1' };
  const { body: limited } = await world.network.call('POST', '/plexus/v1/keys', { key: owner, body: limits });
  const stake = async (amount: number) =>
    (await world.call('POST', `${WALLET}/stake`, { key: limited.api_key, body: { amount, duration_days: 365 } }))
      .status;
  expect(await stake(50)).toBe(402);
  expect((await balanceOf(owner)).balances).toMatchObject({ available: 2000, staked: 0 });
  expect([await stake(0.06), await stake(0.06)]).toEqual([200, 402]);
  expect((await balanceOf(owner)).balances).toMatchObject({ available: 1999.94, staked: 0.06 });
});

it('a stake is locked until its day, cools down for seven, and is available again by itself', async () => {
  const key = await funded(12_345.67);
  const start = Date.UTC(2024, 11, 4, 12);
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  onTestFinished(() => void vi.useRealTimers());
  const stake = { amount: 10_000.0, duration_days: 30 };
  const staked = await world.call('POST', `${WALLET}/stake`, { key, body: stake });
  const lock = { ...stake, start_date: '2024-12-04', unlock_date: '2025-01-03', multiplier: 1.5 };
  const balance = { available: 2345.67, staked: 10_000 };
  expect([staked.status, staked.body]).toEqual([200, { success: true, stake: lock, new_balance: balance }]);
  expect(await balanceOf(key)).toMatchObject({
    balances: { ...balance, pending: 0, total: 12_345.67 },
    staking: lock,
  });

  const unstake = (amount: number) => world.call('POST', `${WALLET}/unstake`, { key, body: { amount } });
  vi.setSystemTime(Date.UTC(2025, 0, 2, 23, 59));
  const early = await unstake(5000);
  expect([early.status, early.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  vi.setSystemTime(Date.UTC(2025, 0, 3));
  expect((await unstake(10_000.01)).status).toBe(402);
  const out = await unstake(5000);
  const cooling = { amount: 5000, cooldown_days: 7, available_date: '2025-01-10' };
  expect([out.status, out.body]).toEqual([200, { success: true, unstake: cooling }]);
  expect((await balanceOf(key)).balances).toEqual({
    available: 2345.67,
    staked: 5000,
    pending: 5000,
    total: 12_345.67,
  });
  vi.setSystemTime(Date.UTC(2025, 0, 3) + 7 * DAY_MS);
  await vi.waitFor(
    async () => expect((await balanceOf(key)).balances).toMatchObject({ available: 7345.67, pending: 0 }),
    5000,
  );
  const { body } = await world.call('GET', `${WALLET}/transactions`, { key });
  expect(body.transactions.map(({ type, amount }: { type: string; amount: number }) => [type, amount])).toEqual([
    ['unstake', 5000],
    ['stake', -10_000],
    ['receive', 11_345.67],
    ['receive', 1000],
  ]);
});

it('a stake must have a duration from 1 to 365 days, and be covered', async () => {
  const key = await funded(2000);
  for (const duration of [0, 366, 1.5, -1]) {
    const body = { amount: 1, duration_days: duration };
    expect((await world.call('POST', `${WALLET}/stake`, { key, body })).status, String(duration)).toBe(400);
  }
  const body = { amount: 2000.000001, duration_days: 1 };
  expect((await world.call('POST', `${WALLET}/stake`, { key, body })).status).toBe(402);
  expect((await balanceOf(key)).balances).toMatchObject({ available: 2000, staked: 0 });
});

it('limits wallet calls to ten a minute, and says so as printed', async () => {
  await using limited = await createNeuroshardWorld({ rateLimits: 'on' });
  const { api_key: key } = await limited.network.register();
  const answers = [];
  for (let i = 0; i < 11; i++) answers.push(await limited.call('GET', `${WALLET}/balance`, { key }));
  expect(answers.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(200));
  const { status, body, headers } = answers[10] ?? expect.unreachable();
  expect(status).toBe(429);
  const seconds = Number(headers.get('retry-after'));
  const error = { code: 'RATE_LIMITED', message: 'Too many requests', details: { retry_after: seconds } };
  expect(body).toEqual({ error });
  expect(seconds).toBeGreaterThan(0);
});
