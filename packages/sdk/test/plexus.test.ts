import type { JobView } from '@plexus/protocol';
import { createPlexus } from '@plexus/sdk';
import { describe, expect, it, vi } from 'vitest';
import { startServer } from './fake-server.ts';

const JOB: JobView = {
  id: 'job-1',
  service: 'echo',
  state: 'running',
  reason: null,
  progress: 0,
  node_id: 'node-1',
  result: null,
  error: null,
  held: '10',
  cost: '0',
  units: null,
  facts: null,
  attempts: [],
  receipt_id: null,
  created_at: '2025-01-15T10:30:00.000Z',
  started_at: null,
  ended_at: null,
  deadline_at: '2025-01-15T10:31:00.000Z',
  processing_time_ms: null,
};
const DONE: JobView = { ...JOB, state: 'completed', result: 'Echo: x', receipt_id: 'receipt_job-1', cost: '10' };

function plexusAt(baseUrl: string) {
  return createPlexus({ baseUrl, apiKey: 'gn_1', wait: () => Promise.resolve() });
}

describe('run', () => {
  it('answers with a job that ends at once', async () => {
    const { url, received } = await startServer({ status: 201, body: DONE });
    await expect(plexusAt(url).run('echo', 'x', { params: { a: 1 }, maxCost: '2.5' })).resolves.toEqual(DONE);
    expect(received).toHaveLength(1);
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      service: 'echo',
      content: 'x',
      params: { a: 1 },
      max_cost: '2.5',
    });
  });

  it('polls until the job ends, and tells of every answer', async () => {
    const { url, received } = await startServer({ body: JOB }, { body: JOB }, { body: DONE });
    const seen: string[] = [];
    await plexusAt(url).run('echo', 'x', { onUpdate: ({ state }) => seen.push(state) });
    expect(seen).toEqual(['running', 'running', 'completed']);
    expect(received[1]?.url).toBe('/plexus/v1/jobs/job-1?wait_seconds=30');
  });

  it('asks the network to wait for less than it waits itself', async () => {
    const { url, received } = await startServer({ body: JOB }, { body: DONE });
    const plexus = createPlexus({ baseUrl: url, timeoutMs: 5000, wait: () => Promise.resolve() });
    await plexus.run('echo', 'x');
    expect(received[1]?.url).toBe('/plexus/v1/jobs/job-1?wait_seconds=2');
  });
});

describe('a run that is aborted', () => {
  it('cancels the job at the network', async () => {
    const { url, received } = await startServer({ body: JOB }, 'hang', { body: JOB });
    const stop = new AbortController();
    const run = plexusAt(url).run('echo', 'x', { signal: stop.signal });
    await expect.poll(() => received.length).toBe(2);
    stop.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    expect(received[2]).toMatchObject({ method: 'POST', url: '/plexus/v1/jobs/job-1/cancel' });
  });

  it('gives up a submission that nobody answers soon after that', async () => {
    const { url, received } = await startServer('hang');
    const stop = new AbortController();
    const run = plexusAt(url).run('echo', 'x', { signal: stop.signal });
    await expect.poll(() => received.length).toBe(1);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    stop.abort(new Error('enough'));
    vi.advanceTimersByTime(5000);
    vi.useRealTimers();
    await expect(run).rejects.toThrow('enough');
  });

  it('submits nothing when it was aborted before', async () => {
    const { url, received } = await startServer({ body: DONE });
    await expect(plexusAt(url).run('echo', 'x', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect(received).toHaveLength(0);
  });
});

describe('receipt', () => {
  it('is found by its job, and waited for until it is in the log', async () => {
    const bare = { receipt_id: 'receipt_job-1' };
    const logged = { ...bare, inclusion: {} };
    const { url, received } = await startServer({ body: DONE }, { body: bare }, { body: logged });
    await expect(plexusAt(url).receipt('job-1')).resolves.toEqual(logged);
    expect(received.map((request) => request.url)).toEqual([
      '/plexus/v1/jobs/job-1',
      '/plexus/v1/receipts/receipt_job-1',
      '/plexus/v1/receipts/receipt_job-1',
    ]);
  });

  it('is asked for with the size of a head that is known', async () => {
    const { url, received } = await startServer({ body: { inclusion: {} } });
    await plexusAt(url).receipt('receipt_job-1', { knownSize: 7 });
    expect(received[0]?.url).toBe('/plexus/v1/receipts/receipt_job-1?known_size=7');
  });

  it('is asked for without the size of a head that is of the empty log', async () => {
    const { url, received } = await startServer({ body: { inclusion: {} } });
    await plexusAt(url).receipt('receipt_job-1', { knownSize: 0 });
    expect(received[0]?.url).toBe('/plexus/v1/receipts/receipt_job-1');
  });

  it('is given as it is when the log does not come to it', async () => {
    const bare = { receipt_id: 'receipt_job-1' };
    const { url } = await startServer({ body: bare });
    await expect(plexusAt(url).receipt('receipt_job-1')).resolves.toEqual(bare);
  });

  it('does not exist for a job that has not been completed', async () => {
    const { url } = await startServer({ body: { ...JOB, state: 'failed' } });
    await expect(plexusAt(url).receipt('job-1')).rejects.toThrow('has no receipt');
  });
});
