import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressCaller, allowanceHeaders, createRateLimiter } from '../src/rate-limit.ts';
import { aListener } from './fakes.ts';

const status = (app: Awaited<ReturnType<typeof aListener>>, remoteAddress: string) =>
  app.inject({ url: '/api/v1/status', remoteAddress });

test('who calls too often is told when to come back, others are not touched', async () => {
  const app = await aListener({ gemmanet: { rateLimits: { perMinute: 2 } } });
  for (let call = 0; call < 2; call++) expect((await status(app, '192.0.2.1')).statusCode).toBe(200);
  const refused = await status(app, '192.0.2.1');
  expect([refused.statusCode, refused.json()]).toStrictEqual([429, { detail: 'Too many requests: try again in 30 s' }]);
  expect(refused.headers['retry-after']).toBe('30');
  expect((await status(app, '192.0.2.2')).statusCode).toBe(200);
});

test('keys are counted for themselves, calls without a valid one by address', async () => {
  const app = await aListener({ gemmanet: { rateLimits: { perMinute: 1 } } });
  const ask = async (key: string) => {
    const payload = { task_type: 'echo', content: '', api_key: key };
    return (await app.inject({ method: 'POST', url: '/api/v1/request', payload })).statusCode;
  };
  expect([await ask('gn_client'), await ask('gn_client')]).toStrictEqual([200, 429]);
  expect(await ask('gn_operator')).toBe(200);
  expect([await ask('guess-1'), await ask('guess-2')]).toStrictEqual([401, 429]);
});

test('limits that are off limit nothing', () => {
  expect(createRateLimiter('off')).toBeUndefined();
});

test('in no window of a minute are there more than twice the limit, and a quiet caller is never refused', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, perMinute) => {
      let now = 0;
      const limiter = createRateLimiter({ perMinute }, () => now);
      const passed: number[] = [];
      for (const wait of waits) {
        now += wait;
        const isQuiet = passed.filter((time) => now - time < 60_000).length === 0;
        const isPassed = attempt(() => limiter?.take('a'));
        if (isPassed) passed.push(now);
        else if (isQuiet) return false;
      }
      return passed.every(
        (start) => passed.filter((time) => time >= start && time < start + 60_000).length <= 2 * perMinute,
      );
    }),
  );
});

test('an allowance tells how many calls pass at once, and when all do again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7000 }),
      fc.array(fc.integer({ min: 0, max: 30_000 })),
      (perMinute, waits) => {
        let now = 0;
        const limiter = createRateLimiter({ perMinute }, () => now);
        for (const wait of waits) {
          now += wait;
          attempt(() => limiter?.take('a'));
        }
        const allowance = limiter?.allowance('a');
        let passed = 0;
        while (attempt(() => limiter?.take('a'))) passed++;
        expect(allowance).toMatchObject({ limit: perMinute, remaining: passed });
        now += limiter?.allowance('a').resetMs ?? 0;
        expect(limiter?.allowance('a')).toMatchObject({ limit: perMinute, remaining: perMinute });
      },
    ),
    { numRuns: 30 },
  );
});

test.each([
  [0, '0ms'],
  [9.2, '10ms'],
  [30_000, '30s'],
  [1500.5, '1.501s'],
])('%d ms are told as %s', (resetMs, text) => {
  const headers = allowanceHeaders({ limit: 2, remaining: 1, resetMs });
  expect(Object.values(headers)).toStrictEqual(['2', '1', text]);
});

test('callers that are remembered have a bound', () => {
  const limiter = createRateLimiter({ perMinute: 1 }, () => 0);
  limiter?.take('first');
  expect(attempt(() => limiter?.take('first'))).toBe(false);
  for (let caller = 0; caller < 50_000; caller++) limiter?.take(`caller ${caller}`);
  expect(attempt(() => limiter?.take('first'))).toBe(true);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8'],
])('%s is counted as %s', (ip, caller) => {
  expect(addressCaller(ip)).toBe(caller);
});

function attempt(take: () => void): boolean {
  try {
    take();
    return true;
  } catch {
    return false;
  }
}
