import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { temporaryFolder, type } from './terminal.ts';

const TIMEOUT_MS = 20_000;
const FOUND = 'a coordinator that runs alone on %s is found by its home, while it runs, as plexus up is';

it.each(['127.0.0.1', '::'])(
  FOUND,
  async (host) => {
    const home = join(temporaryFolder(), 'home');
    const stop = new AbortController();
    await type(['coordinator', '--make-credentials', '--home', home]);
    const argv = ['coordinator', '--home', home, '--host', host, '--port', '0', '--log-level', 'silent'];
    const ended = type(argv, { signal: stop.signal });
    const isThere = () => expect(existsSync(join(home, 'endpoint.json'))).toBe(true);
    await vi.waitFor(isThere, { timeout: TIMEOUT_MS, interval: 50 });
    // Without an address and a key: both are those of the home.
    const { exitCode, stdout } = await type(['wallet', '--home', home], { fetch });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^name +operator$/m) });
    // A node that shares the home has a key of its own there, and is no second one.
    const node = ['node', '--home', home, '--port', '0', '--services', 'nothing'];
    expect((await type(node)).stderr).toContain('There is no service "nothing"');
    stop.abort(new Error('Stopped'));
    expect((await ended).exitCode).toBe(0);
    expect(existsSync(join(home, 'endpoint.json'))).toBe(false);
  },
  2 * TIMEOUT_MS,
);
