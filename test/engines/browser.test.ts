/** Plexus' pages, and its SDK, in a real browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCredentials } from '@plexus/coordinator';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { build } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BrowserPage, openChromium } from '../support/chromium.ts';

/** A page that came from here over plain HTTP has less than one of localhost. */
const NAME = 'plexus.test';
const OPERATIONS = 'document.querySelectorAll(".opblock").length';

const home = mkdtempSync(join(tmpdir(), 'plexus-browser-'));
const { invite } = makeCredentials(home);
let network: TestNetwork;
let page: BrowserPage;
beforeAll(async () => {
  network = await createTestNetwork({
    nodes: 1,
    coordinator: { home, allowedHosts: [NAME], registerGrantCredits: 1000 },
  });
  page = await openChromium(NAME);
}, 60_000);
afterAll(async () => {
  await page[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

it('shows the documents of a coordinator and a node without a complaint', { timeout: 60_000 }, async () => {
  for (const address of [`${network.url}/`, atName('/docs'), `${node()}/docs`]) {
    await page.open(address);
    await expect.poll(() => page.evaluate(OPERATIONS), { timeout: 15_000, message: address }).toBeGreaterThan(10);
    expect(page.complaints, address).toEqual([]);
  }
});

it("a node's own page may do what it shows, another's may not", { timeout: 60_000 }, async () => {
  const ask = `fetch('${node()}/v1/completions', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}', mode: MODE })
    .then(({ status, type }) => [status, type], String)`;
  await page.open(`${node()}/docs`);
  expect(await page.evaluate(ask.replace('MODE', '"same-origin"'))).toEqual([401, 'basic']);
  await page.open(atName('/healthz'));
  expect(await page.evaluate(ask.replace('MODE', '"cors"'))).toBe('TypeError: Failed to fetch');
});

it('runs the SDK on a page that came over plain HTTP', { timeout: 60_000 }, async () => {
  await page.open(atName('/healthz'));
  await page.evaluate(await bundledSdk());
  const { body } = await network.call('POST', '/api/v1/register', { body: { invite } });
  const session = JSON.stringify({ baseUrl: atName(''), apiKey: body.api_key });
  const work = `(async () => {
    const plexus = Plexus.createPlexus(${session});
    const job = await plexus.run('echo', 'whale');
    const { valid } = await plexus.verifyReceipt(await plexus.receipt(job.id));
    const stream = plexus.completions.stream({ model: 'default', prompt: 'The sea' }, { maxRetries: 0 });
    const refusal = await stream[Symbol.asyncIterator]().next().catch(({ status }) => status);
    return [isSecureContext, job.result, valid, refusal];
  })()`;
  expect(await page.evaluate(work)).toEqual([false, 'Echo: whale', true, 503]);
});

function node(): string {
  return network.nodes[0]?.urls[0] ?? '';
}

function atName(path: string): string {
  return `http://${NAME}:${new URL(network.url).port}${path}`;
}

/** The SDK as one script, which makes `Plexus` of it. */
async function bundledSdk(): Promise<string> {
  const { output } = await build({
    input: 'packages/sdk/dist/index.js',
    platform: 'browser',
    write: false,
    output: { format: 'iife', name: 'Plexus', codeSplitting: false },
  });
  return output[0].code.replace(/^var Plexus/m, 'globalThis.Plexus');
}
