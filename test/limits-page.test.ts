/** docs/operations/limits.md says what is true, and all of it. */
import { DomainError, type ErrorCode, type ErrorDetails } from '@plexus/core';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorDialect } from '../packages/api/src/dialect.ts';
import { aitbcErrors } from '../packages/api/src/aitbc-errors.ts';
import { gemmanetErrors } from '../packages/api/src/gemmanet/errors.ts';
import { openAiErrors } from '../packages/api/src/openai/errors.ts';
import { plexusErrors } from '../packages/api/src/plexus/errors.ts';
import { type } from '../packages/cli/test/terminal.ts';
import { limitRows, PAGE, tables } from './support/limits-page.ts';
import { isLimit, NO_LIMITS } from './support/no-limits.ts';
import { readNumberConstants } from './support/number-constants.ts';

const constants = readNumberConstants();
const rows = limitRows();

describe('the limits', () => {
  it('are what the page says', () => {
    const wrong = rows.filter(({ constant, value }) => constants.get(constant) !== value);
    expect(wrong.map((row) => ({ ...row, really: constants.get(row.constant) }))).toEqual([]);
  });

  it('are all there, once each', () => {
    const named = rows.map(({ constant }) => constant);
    expect(named.filter((name, at) => named.indexOf(name) !== at)).toEqual([]);
    const missing = [...constants.keys()].filter((name) => !named.includes(name) && isLimit(name));
    expect(missing, 'give it a line in docs/operations/limits.md, or in test/support/no-limits.ts').toEqual([]);
  });

  it('are none of those that are said to be none, each of which exists', () => {
    const isNone = (name: string) => NO_LIMITS.some((prefix) => name.startsWith(prefix));
    expect(rows.map(({ constant }) => constant).filter(isNone)).toEqual([]);
    const names = [...constants.keys()];
    expect(NO_LIMITS.filter((prefix) => !names.some((name) => name.startsWith(prefix)))).toEqual([]);
  });
});

describe('the metrics', () => {
  let network: TestNetwork;
  beforeAll(async () => {
    network = await createTestNetwork({ nodes: 1 });
  });
  afterAll(() => network[Symbol.asyncDispose]());

  it('that the page names are served by the coordinator or by a node', async () => {
    const nodeUrl = network.nodes[0]?.urls[0] ?? '';
    const served = await Promise.all([network.url, nodeUrl].map(async (url) => (await fetch(`${url}/metrics`)).text()));
    const names = new Set(served.flatMap((text) => [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)));
    const named = [...PAGE.matchAll(/`((?:plexus|nodejs|process)_\w+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });
});

it('names only flags that there are', async () => {
  const commands = ['coordinator', 'node', 'up', 'keys create'];
  const helps = await Promise.all(commands.map(async (name) => (await type([...name.split(' '), '--help'])).stdout));
  const flags = rows.flatMap(({ setBy }) => setBy.match(/--[\w-]+/g) ?? []);
  expect(flags.length).toBeGreaterThan(5);
  const isThere = (flag: string) => helps.some((help) => new RegExp(`${flag}(?![\\w-])`).test(help));
  expect(flags.filter((flag) => !isThere(flag))).toEqual([]);
});

describe('refusals', () => {
  const table = tables(['code', 'GemmaNet', 'OpenAI', 'AITBC', 'Plexus', 'Retry-After']);

  it('are told for every code that means a limit', () => {
    expect(table.length).toBeGreaterThan(5);
  });

  it('have the status that the page says in each dialect', () => {
    const request = { id: 'request', body: {} } as FastifyRequest;
    const really = table.map(([code = '', ...cells]) => {
      const answer = (dialect: ErrorDialect) => answerOf(dialect, code.replaceAll('`', ''), request);
      const worded = (dialect: ErrorDialect) => {
        const { status, body } = answer(dialect);
        return `${status} \`${(body as { error: { code: string } }).error.code}\``;
      };
      const [gemmanet, plexus] = [gemmanetErrors, plexusErrors].map((dialect) => String(answer(dialect).status));
      return [code, gemmanet, worded(openAiErrors), worded(aitbcErrors), plexus, cells[4]];
    });
    expect(table).toEqual(really);
  });
});

function answerOf(dialect: ErrorDialect, code: string, request: FastifyRequest) {
  if (code === 'BODY_TOO_LARGE') return dialect.malformed(413, 'too large', request);
  const details = { field: 'content', retryAfterSeconds: 1 } as unknown as ErrorDetails[ErrorCode];
  return dialect.domain(new DomainError(code as ErrorCode, 'refused', details), request);
}
