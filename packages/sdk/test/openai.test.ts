import { createPlexus } from '@plexus/sdk';
import { describe, expect, it } from 'vitest';
import { startServer } from './fake-server.ts';

const ACCEPTED = { id: 'job-1', object: 'plexus.job', status: 'queued', created: 1, model: 'm' };
const BODY = { model: 'default', messages: [{ role: 'user' as const, content: 'Hi' }] };

function plexusAt(baseUrl: string) {
  return createPlexus({ baseUrl, apiKey: 'gn_1', wait: () => Promise.resolve() });
}

describe('OpenAI’s endpoints', () => {
  it('are called with a key of their own for each answer that is paid', async () => {
    const { url, received } = await startServer({ body: {} });
    const { openai } = plexusAt(url);
    await openai.createChatCompletion({ body: BODY });
    await openai.createCompletion({ body: { model: 'default', prompt: 'x' } });
    await openai.createEmbedding({ body: { model: 'embedding', input: ['a', 'b'] } });
    await openai.listModels();
    await openai.getModel({ params: { model: 'some/model' } });
    expect(received.map((request) => `${request.method} ${request.url}`)).toEqual([
      'POST /v1/chat/completions',
      'POST /v1/completions',
      'POST /v1/embeddings',
      'GET /v1/models',
      'GET /v1/models/some%2Fmodel',
    ]);
    const keys = received.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys.slice(0, 3)).size).toBe(3);
    expect(keys.slice(3)).toEqual([undefined, undefined]);
  });

  it('answer with the accepted job where that is preferred, which can be followed', async () => {
    const done = { id: 'job-1', state: 'completed', result: 'Hello' };
    const running = { ...done, state: 'running', created_at: '', deadline_at: '' };
    const { url, received } = await startServer({ status: 202, body: ACCEPTED }, { body: running }, { body: done });
    const plexus = plexusAt(url);
    const accepted = await plexus.openai.createChatCompletion({ body: BODY }, { respondAsync: true });
    expect(accepted.status).toBe('queued');
    expect(received[0]?.headers['prefer']).toBe('respond-async');
    expect(await plexus.follow(accepted.id)).toEqual(done);
    expect(received.slice(1).map((request) => request.url)).toEqual([
      '/plexus/v1/jobs/job-1',
      '/plexus/v1/jobs/job-1?wait_seconds=30',
    ]);
  });

  it('ask for no stream where the answer is awaited whole', async () => {
    const { url, received } = await startServer({ body: {} });
    const call = plexusAt(url).openai.createChatCompletion({ body: { ...BODY, stream: true } });
    await expect(call).rejects.toThrow('stream()');
    expect(received).toHaveLength(0);
  });

  it('stop following a job without cancelling it', async () => {
    const { url, received } = await startServer({ body: { id: 'job-1', state: 'running' } }, 'hang');
    const stop = new AbortController();
    const following = plexusAt(url).follow('job-1', { signal: stop.signal });
    await expect.poll(() => received.length).toBe(2);
    stop.abort(new Error('enough'));
    await expect(following).rejects.toThrow('enough');
    expect(received).toHaveLength(2);
  });
});
