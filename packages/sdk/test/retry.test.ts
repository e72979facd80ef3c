import { ApiError, ConnectionError } from '@plexus/sdk';
import { describe, expect, it } from 'vitest';
import { BALANCE, clientsOf } from './clients.ts';
import { startServer } from './fake-server.ts';

describe('tries again', () => {
  it.each([408, 429, 502, 503, 504])('a GET after HTTP %i', async (status) => {
    const { url, received } = await startServer({ status }, { body: BALANCE });
    const { gemmanet, waits } = clientsOf(url);
    await expect(gemmanet.getBalance()).resolves.toEqual(BALANCE);
    expect(received).toHaveLength(2);
    expect(waits).toEqual([250]);
  });

  it('a POST that spends with the same Idempotency-Key each time', async () => {
    const { url, received } = await startServer('drop', { status: 503 }, { body: { task_id: 't' } });
    const { gemmanet, waits } = clientsOf(url);
    await gemmanet.submitRequest({ body: { task_type: 'echo', content: 'x' } });
    const keys = received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(waits).toEqual([250, 500]);
  });

  it('with another key for another call, and with the given one', async () => {
    const { url, received } = await startServer({});
    const { network } = clientsOf(url);
    const call = { body: { service: 'echo', content: 'x' } };
    await network.submitJob(call);
    await network.submitJob(call);
    await network.submitJob(call, { idempotencyKey: 'mine' });
    const [first, second, third] = received.map(({ headers }) => headers['idempotency-key']);
    expect(first).not.toBe(second);
    expect(third).toBe('mine');
  });

  it('a POST without a key that was not begun', async () => {
    const { url, received } = await startServer({ status: 429 }, {});
    await clientsOf(url).network.cancelJob({ params: { job_id: 'j' } });
    expect(received).toHaveLength(2);
  });
});

describe('does not try again', () => {
  it('no POST without a key whose first try may have been done', async () => {
    const { url, received } = await startServer('drop', {});
    await expect(clientsOf(url).network.cancelJob({ params: { job_id: 'j' } })).rejects.toThrow(ConnectionError);
    expect(received).toHaveLength(1);
  });

  it("not a task that timed out, which is GemmaNet's 504", async () => {
    const { url, received } = await startServer({ status: 504, body: { detail: 'Task timed out (60s)' } });
    const call = clientsOf(url).gemmanet.submitRequest({ body: { task_type: 'echo', content: 'x' } });
    await expect(call).rejects.toThrow('Task timed out (60s)');
    expect(received).toHaveLength(1);
  });

  it('no refusal that would be the same again', async () => {
    const { url, received } = await startServer({ status: 402 });
    await expect(clientsOf(url).gemmanet.getBalance()).rejects.toThrow(ApiError);
    expect(received).toHaveLength(1);
  });

  it('twice and no more', async () => {
    const { url, received } = await startServer({ status: 503 });
    await expect(clientsOf(url).gemmanet.getBalance()).rejects.toMatchObject({ status: 503 });
    expect(received).toHaveLength(3);
  });
});

describe('Retry-After', () => {
  it('after as long as Retry-After says', async () => {
    const { url } = await startServer({ status: 429, headers: { 'retry-after': '7' } }, { body: BALANCE });
    const { gemmanet, waits } = clientsOf(url);
    await gemmanet.getBalance();
    expect(waits).toEqual([7000]);
  });

  it('not when Retry-After is longer than anybody would wait', async () => {
    const { url, received } = await startServer({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(clientsOf(url).gemmanet.getBalance()).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
    expect(received).toHaveLength(1);
  });
});
