/** Who may come in without a word: only who is on this machine, which a proxy's clients are not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger, makeCredentials, startCoordinator } from '../src/index.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'plexus-local-mode-'))));
afterEach(() => rmSync(home, { recursive: true }));

/** Starts one on loopback, and opens an account there. */
async function register(allowedHosts: readonly string[], body: object): Promise<{ status: number; account: unknown }> {
  const options = { home, host: '127.0.0.1', port: 0, rateLimits: 'off', allowedHosts } as const;
  const logger = createLogger({ level: 'silent' });
  const coordinator = await startCoordinator({ ...options, logger });
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${coordinator.url}/api/v1/register`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { status: response.status, account: await response.json() };
  } finally {
    await coordinator.close(0);
  }
}

test.each([[[]], [['localhost', '127.0.0.1:9443', '[::1]:443']]])(
  'with the names %j all are its own',
  async (names) => {
    expect(await register(names, {})).toMatchObject({ status: 200, account: { balance: 1000 } });
  },
);

test('a name of its own needs credentials, and its accounts an invite', async () => {
  const names = ['plexus.example.org'];
  await expect(register(names, {})).rejects.toThrow('Refusing to serve 127.0.0.1 and plexus.example.org');
  const { invite } = makeCredentials(home);
  expect(await register(names, {})).toMatchObject({ status: 403 });
  expect(await register(names, { invite })).toMatchObject({ status: 200, account: { balance: 0 } });
});
