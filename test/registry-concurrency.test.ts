/** The registry says how many jobs a miner runs at once; the runners' own defaults decide. */
import { serviceFor } from '@plexus/protocol';
import { expect, it } from 'vitest';
import { readNumberConstants } from './support/number-constants.ts';

const constants = readNumberConstants();

it.each([
  ['echo', 'runners/src/echo/echo.ts DEFAULT_CONCURRENCY'],
  ['llm', 'runners/src/registry.ts LLM_CONCURRENCY'],
  ['translate', 'runners/src/registry.ts TRANSLATE_CONCURRENCY'],
  ['embedding', 'runners/src/embedding/detect.ts LOCAL_CONCURRENCY'],
  ['python', 'runners/src/python/detect.ts MAX_CONCURRENCY'],
])('%s: the registry and the runner agree', (service, constant) => {
  expect(serviceFor(service).maxConcurrent).toBe(constants.get(constant));
});
