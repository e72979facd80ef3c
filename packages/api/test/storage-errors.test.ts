/** Books that are out of reach: callers may come back, and hear whether their call may have been written. */
import { StorageError, type StorageErrorCode } from '@plexus/core';
import { expect, test } from 'vitest';
import { aListener } from './fakes.ts';

async function ask(code: StorageErrorCode) {
  const submit = () => Promise.reject(new StorageError(code, 'Lost the database postgres://plexus@db.internal/books'));
  const app = await aListener({
    gemmanet: { jobs: { submit, rate: submit } },
    plexus: { jobs: { ...NO_JOBS, submit } },
  });
  const headers = { authorization: 'Bearer gn_client' };
  const answers = await Promise.all([
    app.inject({
      method: 'POST',
      url: '/api/v1/request',
      headers,
      payload: { task_type: 'echo', content: 'x', api_key: 'gn_client' },
    }),
    app.inject({ method: 'POST', url: '/plexus/v1/jobs', headers, payload: { service: 'echo', content: 'x' } }),
  ]);
  await app.close();
  return answers;
}

const never = () => Promise.reject(new Error('This fake was not meant to be called'));
const NO_JOBS = { get: never, wait: never, list: never, cancel: never };

test.each<[StorageErrorCode, RegExp]>([
  ['unavailable', /nothing was written/],
  ['write_failed', /nothing was written/],
  ['in_use', /nothing was written/],
  ['fate_unknown', /whether it is written is not known/],
  ['writer_died', /whether it is written is not known/],
])('%s is answered 503 with a time to come back, and without a word of where the books are', async (code, words) => {
  const [gemmanet, plexus] = await ask(code);
  for (const answer of [gemmanet, plexus]) {
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.body).toMatch(words);
    expect(answer.body).not.toContain('db.internal');
  }
  expect(plexus.json()).toMatchObject({ error: { code: 'STORAGE_UNAVAILABLE', details: { retryAfterSeconds: 2 } } });
});
