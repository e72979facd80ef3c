import { type AccountService, DomainError, type JournalEntry } from '@plexus/core';
import { expect, test } from 'vitest';
import { anAccount, aNode, aListener, AT, gemmanetDeps, JOB_ID } from './fakes.ts';

const KEY = { authorization: 'Bearer gn_client' };
const MINE = { accountId: 'account-1', part: 'available' } as const;
const OTHER = { accountId: 'account-9', part: 'available' } as const;

function entry(changes: Partial<JournalEntry>): JournalEntry {
  return { kind: 'charge', debit: MINE, credit: OTHER, amount: 10_000_000n, sequence: 1, at: AT, ...changes };
}

const accounts = gemmanetDeps().accounts;

test('GET /status', async () => {
  const app = await aListener();
  const response = await app.inject('/api/v1/status');
  expect(response.json()).toStrictEqual({
    status: 'running',
    version: '0.1.0a1',
    online_nodes: 3,
    total_tasks_today: 42,
  });
});

test('GET /nodes, all or those with a capability', async () => {
  const asked: (string | undefined)[] = [];
  const nodes = {
    ...gemmanetDeps().nodes,
    listOnline: (capability?: string) => {
      asked.push(capability);
      return [aNode()];
    },
  };
  const app = await aListener({ gemmanet: { nodes } });
  const response = await app.inject('/api/v1/nodes?capability=translate');
  expect(response.json()).toStrictEqual([
    {
      node_id: 'abc-123',
      name: 'zh-specialist',
      capabilities: ['translate'],
      languages: ['en', 'zh'],
      online: true,
      load: 0.2,
    },
  ]);
  await app.inject('/api/v1/nodes');
  expect(asked).toStrictEqual(['translate', undefined]);
});

test('GET /balance floors what is left and rounds up what was spent', async () => {
  const account = anAccount({ available: 970_900_000n, earned: 1_900_000n, spent: 29_100_000n });
  const app = await aListener({ gemmanet: { accounts: { ...accounts, wallet: async () => account } } });
  const response = await app.inject({ url: '/api/v1/balance', headers: KEY });
  expect(response.json()).toStrictEqual({ node_id: 'account-1', balance: 970, total_earned: 1, total_spent: 30 });
});

test.each([
  ['no key', {}, 'Missing API key'],
  ['a wrong key', { authorization: 'Bearer nobody' }, 'Invalid API key'],
  ['another scheme', { authorization: 'Basic Z25fY2xpZW50' }, 'Missing API key'],
])('GET /balance with %s', async (_name, headers, detail) => {
  const app = await aListener();
  const response = await app.inject({ url: '/api/v1/balance', headers });
  expect([response.statusCode, response.json()]).toStrictEqual([401, { detail }]);
});

test('GET /history names every entry as the account sees it, and says of none more than came in', async () => {
  const asked: unknown[] = [];
  const entries: JournalEntry[] = [
    entry({ sequence: 7, jobId: JOB_ID }),
    entry({ sequence: 6, debit: OTHER, credit: MINE, amount: 9_500_000n, jobId: JOB_ID }),
    entry({ sequence: 5, kind: 'grant', debit: OTHER, credit: MINE, amount: 500_000_000n }),
    entry({ sequence: 1, kind: 'register_bonus', debit: OTHER, credit: MINE, amount: 1_000_000_000n }),
  ];
  const list = async (...request: unknown[]) => {
    asked.push(request.slice(1));
    return entries;
  };
  const app = await aListener({ gemmanet: { accounts: { ...accounts, entries: list } } });
  const response = await app.inject({ url: '/api/v1/history', headers: KEY });
  const timestamp = '2025-01-15T10:30:00.000Z';
  expect(response.json()).toStrictEqual([
    { id: 'tx-000007', tx_type: 'charge', amount: -10, task_id: JOB_ID, timestamp },
    { id: 'tx-000006', tx_type: 'reward', amount: 9, task_id: JOB_ID, timestamp },
    { id: 'tx-000005', tx_type: 'grant', amount: 500, task_id: null, timestamp },
    { id: 'tx-000001', tx_type: 'register_bonus', amount: 1000, task_id: null, timestamp },
  ]);
  await app.inject({ url: '/api/v1/history?limit=1000', headers: KEY });
  expect(asked).toStrictEqual([
    [{ visible: true }, { limit: 20 }],
    [{ visible: true }, { limit: 1000 }],
  ]);
});

test('who pays its own node sees both sides, but no more than was asked for', async () => {
  const list = async () => [entry({ credit: MINE }), entry({ credit: MINE })];
  const app = await aListener({ gemmanet: { accounts: { ...accounts, entries: list } } });
  const response = await app.inject({ url: '/api/v1/history?limit=3', headers: KEY });
  expect(response.json().map((row: { amount: number }) => row.amount)).toStrictEqual([10, -10, 10]);
});

test('GET /history with a limit goes on to older entries where the newest are none of its transactions', async () => {
  const unstaked = entry({ sequence: 3, kind: 'unstake', debit: MINE, credit: { ...MINE, part: 'cooling' } });
  const entries = [unstaked, entry({ sequence: 2, jobId: JOB_ID }), entry({ sequence: 1 })];
  const list = async (...[, , { limit, after = '4' }]: Parameters<AccountService['entries']>) =>
    entries.filter(({ sequence }) => sequence < Number(after)).slice(0, limit);
  const app = await aListener({ gemmanet: { accounts: { ...accounts, entries: list } } });
  const response = await app.inject({ url: '/api/v1/history?limit=1', headers: KEY });
  expect(response.json()).toMatchObject([{ id: 'tx-000002', tx_type: 'charge', task_id: JOB_ID }]);
});

async function register(payload: object | undefined, changes: Partial<ReturnType<typeof gemmanetDeps>> = {}) {
  const asked: unknown[] = [];
  const open = async (request: object) => {
    asked.push(request);
    return { account: anAccount({ available: 1_000_000_000n }), secret: 'gn_new', key: {} as never };
  };
  const app = await aListener({ gemmanet: { accounts: { ...accounts, register: open }, ...changes } });
  const options = { method: 'POST', url: '/api/v1/register' } as const;
  const response = await app.inject(payload ? { ...options, payload } : options);
  return { response, asked };
}

test('POST /register opens an account, with an email or without a body', async () => {
  const { response, asked } = await register({ email: 'a@example.com' });
  expect(response.json()).toStrictEqual({ api_key: 'gn_new', node_id: 'account-1', balance: 1000 });
  expect(asked).toStrictEqual([{ email: 'a@example.com' }]);
  expect((await register(undefined)).asked).toStrictEqual([{}]);
  expect((await register({ email: null })).asked).toStrictEqual([{}]);
});

test('POST /register takes nothing but an object in the place of no body', async () => {
  const app = await aListener({ gemmanet: {} });
  for (const payload of ['null', '[]', '"x"']) {
    const headers = { 'content-type': 'application/json' };
    const response = await app.inject({ method: 'POST', url: '/api/v1/register', headers, payload });
    expect(response.statusCode, payload).toBe(422);
  }
});

test('POST /register elsewhere than on loopback needs a valid invite', async () => {
  const changes = { isLoopback: false, acceptsInvite: (invite: string) => invite === 'right' };
  const none = await register({}, changes);
  expect([none.response.statusCode, none.response.json()]).toStrictEqual([
    403,
    { detail: 'An invite is needed to register here' },
  ]);
  const wrong = await register({ invite: 'wrong' }, changes);
  expect([wrong.response.statusCode, wrong.response.json()]).toStrictEqual([
    403,
    { detail: 'This invite is not valid' },
  ]);
  expect([...none.asked, ...wrong.asked]).toStrictEqual([]);
  expect((await register({ invite: 'right' }, changes)).response.statusCode).toBe(200);
});

test('POST /rate answers what the node is worth now', async () => {
  const counts = {
    completed: 3,
    failed: 1,
    ratings: 1,
    ratingSum: 5,
    earned: 30n,
    busyMs: 9,
    rewardDay: 0,
    earnedThatDay: 0n,
  };
  const ranked = { nodeId: 'abc-123', ...counts, reputation: 4.2 };
  const nodes = { ...gemmanetDeps().nodes, reputation: async () => ranked, leaderboard: async () => [ranked] };
  const jobs = { ...gemmanetDeps().jobs, rate: async (_caller: unknown, jobId: string) => `node of ${jobId}` };
  const app = await aListener({ gemmanet: { nodes, jobs } });
  const payload = { task_id: 't', rating: 5 };
  const rated = await app.inject({ method: 'POST', url: '/api/v1/rate', headers: KEY, payload });
  expect(rated.json()).toStrictEqual({ status: 'ok', node_id: 'node of t', reputation: 4.2 });
  const printed = { node_id: 'abc-123', reputation: 4.2, completed: 3, failed: 1, ratings: 1 };
  expect((await app.inject('/api/v1/reputation/abc-123')).json()).toStrictEqual(printed);
  expect((await app.inject('/api/v1/leaderboard')).json()).toStrictEqual([printed]);
});

test('an unknown node is 404', async () => {
  const reputation = () => Promise.reject(new DomainError('NODE_NOT_FOUND', 'Node does not exist', { nodeId: 'x' }));
  const app = await aListener({ gemmanet: { nodes: { ...gemmanetDeps().nodes, reputation } } });
  const response = await app.inject('/api/v1/reputation/x');
  expect([response.statusCode, response.json()]).toStrictEqual([404, { detail: 'Node does not exist' }]);
});
