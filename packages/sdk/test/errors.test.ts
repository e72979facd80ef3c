import { ApiError } from '@plexus/sdk';
import { describe, expect, it } from 'vitest';
import { clientsOf } from './clients.ts';
import { startServer } from './fake-server.ts';

describe('refusals', () => {
  it.each([
    ['GemmaNet', { detail: 'Missing API key' }, 'HTTP_401', 'Missing API key', {}],
    [
      'FastAPI',
      { detail: [{ type: 'missing', loc: ['body', 'content'], msg: 'Field required', input: {} }] },
      'HTTP_401',
      'body.content: Field required',
      {},
    ],
    [
      'AITBC and Plexus',
      { error: { code: 'UNAUTHORIZED', message: 'No', details: { field: 'key' } } },
      'UNAUTHORIZED',
      'No',
      { field: 'key' },
    ],
    [
      'OpenAI',
      { error: { message: 'No', type: 'invalid_request_error', param: null, code: null } },
      'invalid_request_error',
      'No',
      {},
    ],
    [
      'Infernet',
      { error: 'Container not supported', params: { container: 'a' } },
      'HTTP_401',
      'Container not supported',
      { container: 'a' },
    ],
    ['a proxy', '<html>', 'HTTP_401', 'The server answered HTTP 401', {}],
  ])('of %s are read', async (_dialect, body, ...[code, message, details]) => {
    const { url } = await startServer({ status: 401, body, headers: { 'x-request-id': 'req_1' } });
    const error: unknown = await clientsOf(url)
      .gemmanet.getBalance()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 401, code, message, details, body, requestId: 'req_1' });
  });
});

describe('errors', () => {
  it('say that nobody is there', async () => {
    const { url } = await startServer('drop');
    await expect(clientsOf(url).gemmanet.getBalance()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('say that an answer takes too long', async () => {
    const { url } = await startServer('hang');
    const { gemmanet } = clientsOf(url, { timeoutMs: 20 });
    await expect(gemmanet.getBalance({}, { maxRetries: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('say that an answer is too long', async () => {
    const { url } = await startServer({ body: JSON.stringify('x'.repeat(2000)) });
    await expect(clientsOf(url, { maxResponseBytes: 1000 }).gemmanet.getBalance()).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  it('say that an answer is no JSON', async () => {
    const { url } = await startServer({ body: 'hello' });
    await expect(clientsOf(url).gemmanet.getBalance()).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });

  it("are the caller's own when he aborts", async () => {
    const { url, received } = await startServer('hang');
    const stop = new AbortController();
    const call = clientsOf(url).gemmanet.getBalance({}, { signal: stop.signal });
    await expect.poll(() => received.length).toBe(1);
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('do not follow a redirect with the key', async () => {
    const { url, received } = await startServer({ status: 307, headers: { location: '/elsewhere' } });
    await expect(clientsOf(url, { apiKey: 'gn_1' }).gemmanet.getBalance()).rejects.toMatchObject({ status: 307 });
    expect(received).toHaveLength(1);
  });
});
