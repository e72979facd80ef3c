import { describe, expect, it } from 'vitest';
import {
  formatCredits,
  listServices,
  maximumUnits,
  runSeconds,
  secondUnits,
  serviceFor,
  unitsProblem,
} from '../../src/index.ts';

/** Every parameter that some service's price follows from, as no client may give it. */
const ODD = { max_tokens: -100, cpu_millis: 1, timeout_seconds: 0.5, num_images: 0, frames: 0, n: 0 };
const CONTENT = 'https://example.com/x';

/** Source: contract/README.md, "Rules for all dialects". */
it.each([
  ['llm', '0.0001'],
  ['embedding', '0.00002'],
  ['echo', '10'],
  ['translate', '10'],
])('a unit of %s costs %s credits', (id, credits) => {
  expect(formatCredits(serviceFor(id).unitPriceMicro)).toBe(credits);
});

describe('a price follows from no parameter that its service does not declare', () => {
  it.each(listServices())('$id', (service) => {
    const foreign = Object.entries(ODD).filter(([name]) => !(name in service.params.properties));
    const params = Object.fromEntries(foreign);
    expect(maximumUnits(service, CONTENT, params)).toBe(maximumUnits(service, CONTENT, {}));
    expect(secondUnits(service, params, 9)).toBe(secondUnits(service, {}, 9));
    expect(runSeconds(service, params)).toBe(runSeconds(service, {}));
  });
});

it('a price follows from those that are declared', () => {
  expect(maximumUnits(serviceFor('python'), '1', { cpu_millis: 2000, timeout_seconds: 10 })).toBe(20);
  expect(secondUnits(serviceFor('python'), { cpu_millis: 2000 }, 9)).toBe(18);
  expect(maximumUnits(serviceFor('stable_diffusion'), 'a cat', { num_images: 3 })).toBe(3);
  expect(maximumUnits(serviceFor('llm'), 'x', { max_tokens: 7 })).toBe(9);
});

function problemOf(id: string, params: Readonly<Record<string, unknown>>) {
  const service = serviceFor(id);
  return unitsProblem(service, params, maximumUnits(service, 'x', params));
}

it.each([
  ['llm', { max_tokens: 0.5 }, 'params.max_tokens'],
  ['llm', { max_tokens: -100_000_000 }, 'params.max_tokens'],
  ['llm', { max_tokens: Number.MAX_SAFE_INTEGER }, 'params'],
  ['stable_diffusion', { num_images: -1 }, 'params.num_images'],
  ['python', { cpu_millis: 1000, timeout_seconds: 1e308 }, 'params.timeout_seconds'],
])('%s with %o has no price, and it is said why', (service, params, field) => {
  expect(problemOf(service, params)).toMatchObject({
    field,
    message: expect.stringContaining(field),
  });
  expect(problemOf(service, {})).toBeUndefined();
});
