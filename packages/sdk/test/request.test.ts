import { describe, expect, it, vi } from 'vitest';
import { BALANCE, clientsOf } from './clients.ts';
import { startServer } from './fake-server.ts';

describe('a request', () => {
  it('carries the key as a bearer token', async () => {
    const { url, received } = await startServer({ body: BALANCE });
    await clientsOf(url, { apiKey: 'gn_1' }).gemmanet.getBalance();
    expect(received[0]?.headers.authorization).toBe('Bearer gn_1');
  });

  it('carries no key where none is asked for', async () => {
    const { url, received } = await startServer({ body: [] });
    await clientsOf(url, { apiKey: 'gn_1' }).gemmanet.listNodes();
    expect(received[0]?.headers.authorization).toBeUndefined();
  });

  it('carries the key in the body where the page says so, unless the body has one', async () => {
    const { url, received } = await startServer({});
    const { gemmanet } = clientsOf(url, { apiKey: 'gn_1' });
    await gemmanet.submitRequest({ body: { task_type: 'echo', content: 'x' } });
    await gemmanet.submitRequest({ body: { task_type: 'echo', content: 'x', api_key: 'gn_2' } });
    expect(received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { api_key: 'gn_1' },
      { api_key: 'gn_2' },
    ]);
    expect(received[0]?.headers.authorization).toBeUndefined();
  });

  it('encodes path and query, and leaves out what is undefined', async () => {
    const { url, received } = await startServer({});
    const { network } = clientsOf(`${url}/prefix/`);
    await network.getJob({ params: { job_id: 'a/b?c' }, query: { wait_seconds: 3 } });
    await network.listJobs({ query: { all: true, limit: 5, after: 'x&y' } });
    expect(received.map((request) => request.url)).toEqual([
      '/prefix/plexus/v1/jobs/a%2Fb%3Fc?wait_seconds=3',
      '/prefix/plexus/v1/jobs?all=true&limit=5&after=x%26y',
    ]);
  });

  it.each(['', '.', '..'])('refuses the id "%s", which would name another path', async (id) => {
    const { network } = clientsOf('http://127.0.0.1:1');
    await expect(network.getJob({ params: { job_id: id } })).rejects.toThrow(RangeError);
  });

  it('has a body and its type only where there is one', async () => {
    const { url, received } = await startServer({});
    await clientsOf(url).network.cancelJob({ params: { job_id: 'j' } });
    expect(received[0]).toMatchObject({ method: 'POST', body: '' });
    expect(received[0]?.headers['content-type']).toBeUndefined();
  });
});

describe('a request with odd settings', () => {
  it('is waited for however long it may take, also for longer than a timer can run', async () => {
    const { url } = await startServer({ body: BALANCE });
    const { gemmanet } = clientsOf(url, { timeoutMs: Infinity });
    await expect(gemmanet.getBalance()).resolves.toEqual(BALANCE);
  });

  it('is not sent with a key that no header can carry, as if nobody were there', async () => {
    const { url, received } = await startServer({ body: BALANCE });
    const { gemmanet } = clientsOf(url, { apiKey: 'gn_…' });
    await expect(gemmanet.getBalance()).rejects.toThrow('The API key has characters that no key has');
    expect(received).toHaveLength(0);
  });

  it.each(['localhost:8800', '127.0.0.1:8800'])('is not sent to %s, which is no address', async (url) => {
    await expect(clientsOf(url).gemmanet.getStatus()).rejects.toThrow(`Not an http or https address: ${url}`);
  });
});

it('a request can be made by a browser, on a page that came over plain HTTP', async () => {
  const { url } = await startServer({});
  const { fetch: send } = globalThis;
  const keys: unknown[] = [];
  /** Browsers refuse theirs as a method of anything else: "Illegal invocation". */
  async function picky(this: unknown, input: string | URL | Request, init?: RequestInit): Promise<Response> {
    if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation');
    keys.push(new Headers(init?.headers).get('idempotency-key'));
    return await send(input, init);
  }
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  vi.stubGlobal('fetch', picky);
  try {
    const { gemmanet } = clientsOf(url);
    for (const content of ['x', 'y']) await gemmanet.submitRequest({ body: { task_type: 'echo', content } });
  } finally {
    vi.unstubAllGlobals();
  }
  expect(new Set(keys).size).toBe(2);
  expect(keys).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(/^[0-9a-f]{32}$/)));
});
