import { type Job } from '@plexus/core';
import { expect, it } from 'vitest';
import type { EventStream } from '../src/event-stream.ts';
import { liveHandlers } from '../src/infernet/live-jobs.ts';

const STEPS = '[{"container":"first","output":1},{"container":"box","error":"It is not there"}]';

async function streamOf(state: Job['state'], result: string): Promise<string> {
  const params = { stream: true, containers: ['first', 'box'] };
  const job = {
    id: 'job',
    service: 'container',
    state,
    params,
    result,
    error: 'box: It is not there',
  } as unknown as Job;
  const streamed = { job, isLive: false, pieces: pieces(result), ended: Promise.resolve(job) };
  const deps = { jobs: { stream: async () => streamed }, guests: undefined, reported: {} };
  const handlers = liveHandlers(deps as never, { intake: { toJob: () => ({ params }) }, own: {} } as never);
  const context = { signal: new AbortController().signal, header: () => 'node' };
  const stream = await handlers.streamContainerJob({ body: {} } as never, context as never);
  let text = '';
  await (stream as unknown as EventStream).write({
    async send(more) {
      text += more;
    },
    hurry: () => undefined,
  });
  return text;
}

async function* pieces(text: string) {
  yield { text, tokens: 0 };
}

it('a job that has failed before its stream began has no answer, though some containers had', async () => {
  expect(await streamOf('failed', STEPS)).toBe('job\n\n{"error":"It is not there"}\n');
});

it('one that was done before has its answer', async () => {
  expect(await streamOf('completed', 'whole')).toBe('job\nwhole');
});
