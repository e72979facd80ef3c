/** No key makes a key that may do what it may not itself, and none rules over the other credentials of its account. */
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let network: TestNetwork;
beforeAll(async () => {
  network = await createTestNetwork({ nodes: 0 });
});
afterAll(() => network[Symbol.asyncDispose]());

const KEYS = '/plexus/v1/keys';
const NODE = 'node:node-908f0000';

const post = (path: string, key: string, body: object) => network.call('POST', path, { key, body });
const make = (key: string, body: object) => post(KEYS, key, body);

/** A key that was made as asked, which must be granted. */
async function issue(by: string, body: object): Promise<{ readonly id: string; readonly api_key: string }> {
  const answer = await make(by, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

async function newClient(): Promise<{ readonly key: string; readonly accountId: string }> {
  const { api_key: key, node_id: accountId } = await network.register();
  return { key, accountId };
}

/** A key of a new client with these scopes. */
async function keyWith(scopes: readonly string[]): Promise<string> {
  const { accountId } = await newClient();
  return (await issue(network.operatorKey, { account_id: accountId, scopes })).api_key;
}

describe('a key makes none that is stronger', () => {
  it.each([
    [['keys'], { scopes: [NODE] }],
    [['keys', 'submit'], { scopes: [NODE] }],
    [['keys', 'read'], { scopes: [NODE] }],
    [['keys', 'submit', 'read'], { scopes: ['node'] }],
    [['keys', 'submit', 'read', 'wallet'], { role: 'provider' }],
    [['keys', 'submit', 'read', 'wallet'], { role: 'provider', scopes: ['read'] }],
    [['keys'], { role: 'provider', scopes: ['node'] }],
    [['keys'], {}],
    [['keys', 'submit', 'read', 'wallet', 'node'], { role: 'operator' }],
  ])('with %j not %j', async (scopes, wanted) => {
    const answer = await make(await keyWith(scopes), wanted);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN']);
  });

  it.each([
    [['keys', 'submit', 'read'], { scopes: [NODE], spend_limit: '1' }],
    [['keys', 'node'], { role: 'provider', scopes: ['node'] }],
    [['keys', 'node', 'read', 'wallet'], { role: 'provider' }],
    [['keys', 'submit', 'read', 'wallet'], {}],
  ])('with %j still %j', async (scopes, wanted) => {
    await issue(await keyWith(scopes), wanted);
  });

  it('and providers get theirs from an operator, for themselves or for another account', async () => {
    const { accountId } = await newClient();
    expect(await issue(network.operatorKey, { role: 'provider' })).toMatchObject({
      scopes: ['read', 'wallet', 'node'],
    });
    const provider = await issue(network.operatorKey, { role: 'provider', account_id: accountId });
    expect(provider).toMatchObject({ account_id: accountId, scopes: ['read', 'wallet', 'node'] });
  });
});

describe("an operator's key", () => {
  it.each([[['read']], [[]], [['submit', 'read', 'wallet', 'keys', 'node', NODE]]])(
    'cannot be made with the scopes %j, which would not hold it',
    async (scopes) => {
      const { status, body } = await make(network.operatorKey, { role: 'operator', scopes, spend_limit: '1' });
      expect([status, body.error.code, body.error.details.field]).toEqual([422, 'INVALID_INPUT', 'scopes']);
    },
  );

  it.each([{}, { scopes: ['node', 'keys', 'wallet', 'read', 'submit'] }])(
    'is made with all of them: %j',
    async (body) => {
      const { api_key: key } = await issue(network.operatorKey, { role: 'operator', ...body });
      const { accountId } = await newClient();
      expect((await post('/plexus/v1/grants', key, { account_id: accountId, credits: '1' })).status).toBe(201);
    },
  );
});

describe('a key that something binds', () => {
  const FUTURE = '2099-01-01T00:00:00Z';
  it.each([
    ['a limit and an expiry', { spend_limit: '1', expires_at: FUTURE }],
    ['a limit', { spend_limit: '1' }],
    ['an expiry', { expires_at: FUTURE }],
    ['a limit of jobs', { max_running: 1 }],
  ])('by %s has no hold over the other credentials of its account, but over itself', async (_how, binding) => {
    const { key } = await newClient();
    const other = await issue(key, {});
    const bound = await issue(key, binding);
    const before = (await network.call('GET', '/v1/webhooks/secret', { key })).body;
    const asked = [
      ['POST', KEYS, {}],
      ['DELETE', `${KEYS}/${other.id}`],
      ['GET', '/v1/webhooks/secret'],
      ['POST', '/v1/webhooks/secret/rotate', {}],
    ] as const;
    for (const [method, path, body] of asked) {
      const answer = await network.call(method, path, { key: bound.api_key, ...(body && { body }) });
      expect([answer.status, answer.body.error.code], `${method} ${path}`).toEqual([403, 'FORBIDDEN']);
    }
    expect((await network.call('GET', '/v1/webhooks/secret', { key })).body).toEqual(before);
    expect((await network.call('GET', KEYS, { key: other.api_key })).status).toBe(200);
    const itself = await network.call('DELETE', `${KEYS}/${bound.id}`, { key: bound.api_key });
    expect([itself.status, typeof itself.body.revoked_at]).toEqual([200, 'string']);
  });

  it("by a limit gives away no more than it, though it is an operator's", async () => {
    const { api_key: key } = await issue(network.operatorKey, { role: 'operator', spend_limit: '1' });
    const { accountId } = await newClient();
    const grant = (credits: string) => post('/plexus/v1/grants', key, { account_id: accountId, credits });
    expect((await grant('0.9')).status).toBe(201);
    const refused = await grant('0.2');
    expect([refused.status, refused.body.error.code]).toEqual([402, 'SPEND_LIMIT_EXCEEDED']);
  });
});
