/** What is refused before it costs anything, and what is held of the rest. */
import { serviceFor } from '@plexus/protocol';
import { expect, it } from 'vitest';
import { type AdmissionDeps, priceJob } from '../../src/jobs/admission.ts';
import type { SubmitJob } from '../../src/jobs/job-service.ts';

const FILM = 'https://example.com/x';

const deps: AdmissionDeps = {
  registry: { index: { offering: () => [] } as unknown as AdmissionDeps['registry']['index'] },
  clock: () => new Date(0),
  newId: () => 'job-1',
  checkParams: () => undefined,
  checkUrl: () => undefined,
};

function price(service: string, content: string, params: object = {}, rest: Partial<SubmitJob> = {}) {
  const caller = { accountId: 'a', keyId: 'k', role: 'client', scopes: [], limited: false } as const;
  return priceJob({ caller, service, content, params: { ...params }, detached: true, ...rest }, deps);
}

function refusal(...asked: Parameters<typeof price>): unknown {
  try {
    return price(...asked).hold;
  } catch (error) {
    return error;
  }
}

it.each([{ cpu_millis: 1 }, { cpu_millis: -5 }, { timeout_seconds: 0.5 }, { timeout_seconds: 1e308 }])(
  'holds no less of a film for %o, which are parameters of another service',
  (params) => expect(price('ffmpeg', FILM, params).hold).toBe(60_000n),
);

it.each([0.5, -100_000_000, 1e308])('holds of an embedding what it would without %d tokens', (max_tokens) => {
  expect(price('embedding', 'hello', { max_tokens }).hold).toBe(price('embedding', 'hello').hold);
});

it.each([0.5, -100, Infinity])('refuses %d tokens, for which there is no price, though no schema has', (max_tokens) => {
  const refused = { code: 'INVALID_INPUT', details: { field: 'params.max_tokens' } };
  expect(refusal('llm', 'x', { max_tokens })).toMatchObject(refused);
});

it.each([
  ['container', 'not json', {}],
  ['python', 'x', { entrypoint: 'a.py' }],
  ['embedding', 'hello', { batch: true }],
])('refuses a %s whose content is no JSON', (service, content, params) => {
  expect(refusal(service, content, params)).toMatchObject({ code: 'INVALID_INPUT', details: { field: 'content' } });
  expect(refusal(service, '["hello"]', params)).toEqual(expect.any(BigInt));
});

it('takes a text to embed as it is', () => {
  expect(refusal('embedding', 'hello')).toEqual(expect.any(BigInt));
});

it.each([true, { subscription: {}, signature: {} }, undefined])(
  'lets only the API of Infernet say that a container is asked by a chain: %o',
  (chain) => {
    const refused = { code: 'INVALID_INPUT', details: { field: 'params.chain' } };
    expect(refusal('container', '{}', { containers: ['open'], chain })).toMatchObject(refused);
    const job = price('container', '{}', { containers: ['open'], chain }, { mayNameChain: true });
    expect(job.params).toEqual({ containers: ['open'], chain });
    expect(Object.keys(serviceFor('container').params.properties)).not.toContain('chain');
    // Another service may have a parameter of that name.
    expect(price('echo', 'x', { chain }).params).toEqual({ chain });
  },
);
