import { expect, test } from 'vitest';
import { callCoordinator } from '../src/coordinator-http.ts';
import { coordinator } from './setup.ts';

test('a call that is given up says why', async () => {
  const hub = await coordinator();
  const ending = new AbortController();
  const { signal } = ending;
  const call = callCoordinator({ baseUrl: hub.url, method: 'GET', path: '/', headers: {}, signal });
  await hub.calls.next();
  const reason = new Error('It took too long');
  ending.abort(reason);
  await expect(call).rejects.toBe(reason);
});
