import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, type } from './terminal.ts';

const URL_A = 'http://127.0.0.1:18800';
const INFO = { name: 'forge', version: '1.2.3', online_nodes: 2, public_key: 'AAAA' };
const WALLET = { available: '990', name: 'operator' };

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly remedy?: string;
}

/** What a network answers; a path without an answer is refused with 503. */
interface Network {
  readonly [path: string]: { readonly status?: number; readonly body: unknown } | undefined;
}

const WELL: Network = {
  '/healthz': { body: { status: 'ok' } },
  '/readyz': { body: { status: 'ready' } },
  '/plexus/v1/info': { body: INFO },
  '/plexus/v1/wallet': { body: WALLET },
};

/** What it says of paths that it does not have. */
const STRANGE: Network = Object.fromEntries(
  ['/v1/healthz', '/v1/plexus/v1/wallet'].map((path) => [
    path,
    { status: 404, body: { error: { code: 'NOT_FOUND' } } },
  ]),
);

function answering(network: Network, date = new Date()): typeof fetch {
  return (url, init) => {
    const { pathname } = new URL(new Request(url, init).url);
    const { status = 200, body } = network[pathname] ?? { status: 503, body: {} };
    return Promise.resolve(Response.json(body, { status, headers: { date: date.toUTCString() } }));
  };
}

const failing =
  (why: string): typeof fetch =>
  () =>
    Promise.reject(new TypeError('fetch failed', { cause: new Error(why) }));
const unreachable = failing('nobody is there');

/** Examines a machine with a cache of its own, on which this network is to be found. */
async function examine(network: typeof fetch, argv: readonly string[] = ['--url', URL_A, '--quick'], env = {}) {
  const home = temporaryFolder();
  const { exitCode, stdout, stderr } = await type(['doctor', '--json', '--key', 'gn_key', ...argv], {
    fetch: network,
    env: { PLEXUS_HOME: home, HOME: home, ...env },
  });
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: readonly Check[] };
  const check = (name: string): Check | undefined => checks.find((one) => one.name === name);
  return { exitCode, stderr, ok, checks, check };
}

describe('plexus doctor', () => {
  it('tries the server for images and the weights that it is told of', async () => {
    const weights = join(temporaryFolder(), 'weights.bin');
    writeFileSync(weights, 'no weights');
    const argv = ['--url', URL_A, '--image-upstream', 'http://127.0.0.1:9', '--whisper-weights', weights];
    const { exitCode, check } = await examine(answering(WELL), argv);
    expect(exitCode).toBe(0);
    expect(check('stable_diffusion')).toMatchObject({ status: 'warn', detail: expect.stringContaining('127.0.0.1:9') });
    expect(check('whisper')).toMatchObject({ status: 'warn', detail: expect.any(String), remedy: expect.any(String) });
  });

  it('looks at machine, network and engines, and finds all well', async () => {
    const { exitCode, stderr, ok, checks, check } = await examine(answering(WELL), ['--url', URL_A]);
    expect({ exitCode, stderr, ok }).toEqual({ exitCode: 0, stderr: '', ok: true });
    const names = ['node.js', 'sqlite', 'disk', 'port 8800', 'port 8000', 'port 4000', 'coordinator', 'clock', 'key'];
    const engines = ['llm', 'translate', 'python', 'ffmpeg', 'whisper', 'blender', 'container', 'stable_diffusion'];
    expect(checks.map(({ name }) => name)).toEqual([...names, ...engines]);
    expect(check('node.js')).toMatchObject({ status: 'ok', detail: expect.stringContaining(process.version) });
    expect(check('sqlite')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^(libsql|node:sqlite)/) });
    expect(check('disk')?.detail).toMatch(/^[\d,]+ MiB free in /);
    expect(check('coordinator')).toMatchObject({
      status: 'ok',
      detail: `forge 1.2.3 at ${URL_A}, nodes online: 2, public key AAAA`,
    });
    expect(check('clock')).toMatchObject({ status: 'ok' });
    expect(check('key')).toMatchObject({ status: 'ok', detail: 'valid, operator has 990 credits' });
    const python = check('python');
    expect(python?.status === 'ok' ? python.detail : python?.remedy).toMatch(
      /the sandbox isolates|apt-get|sudo|root|Linux/,
    );
  });

  it('is ended by Ctrl-C, and then says nothing of what it has not tried to the end', async () => {
    const stop = new AbortController();
    const network: typeof fetch = (url, init) => {
      stop.abort(new Error('Interrupted'));
      return answering(WELL)(url, init);
    };
    const argv = ['doctor', '--url', URL_A, '--key', 'gn_key'];
    const { exitCode, stdout, stderr } = await type(argv, { fetch: network, signal: stop.signal });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 130, stdout: '', stderr: 'error: Interrupted\n' });
  });

  it('says what to do where something is only missing, and ends well', async () => {
    const { exitCode, check } = await examine(unreachable, ['--quick']);
    expect(exitCode).toBe(0);
    expect(check('coordinator')).toMatchObject({ status: 'warn', remedy: 'plexus up' });
    expect(check('clock')?.status).toBe('warn');
    expect(check('llm')).toMatchObject({ status: 'warn', remedy: 'plexus up' });
  });
});

it('plexus doctor finds llama.cpp where a node keeps it', async () => {
  const cache = temporaryFolder();
  const engine = join(cache, 'plexus', 'llama-1.2.3', 'node_modules', 'node-llama-cpp');
  mkdirSync(engine, { recursive: true });
  writeFileSync(join(engine, 'package.json'), '{}');
  const { check } = await examine(answering(WELL), ['--url', URL_A, '--quick'], { XDG_CACHE_HOME: cache });
  expect(check('llm')).toMatchObject({ status: 'ok', detail: expect.stringContaining('llama-1.2.3') });
});

describe('plexus doctor, with an address that is nearly right', () => {
  it.each([
    ['by https', failing('ssl3_get_record:wrong version number'), 'https://127.0.0.1:8800', 'http://127.0.0.1:8800'],
    ["with OpenAI's path", answering(STRANGE), 'http://127.0.0.1:8800/v1', 'http://127.0.0.1:8800'],
  ])('says of a coordinator that is called %s how to call it', async (_what, network, url, right) => {
    const { check } = await examine(network, ['--url', url, '--quick']);
    expect(check('coordinator')).toMatchObject({ status: 'fail', remedy: `plexus doctor --url ${right}` });
    expect(check('key')?.status).toBe('warn');
  });
});

describe('plexus doctor, where something is wrong', () => {
  it.each([
    ['a network that was named and is not there', 'coordinator', unreachable, 'cannot be reached'],
    ['something else that answers there', 'coordinator', answering({}), '/healthz answers HTTP 503'],
    [
      'a key that is not valid',
      'key',
      answering({ ...WELL, '/plexus/v1/wallet': refusal(401, 'Invalid API key') }),
      'Invalid API key',
    ],
    ['a clock that is wrong', 'clock', answering(WELL, new Date(Date.now() - 120_000)), "s from the coordinator's"],
  ])('ends with 1 for %s, and says what mends it', async (_what, name, network, detail) => {
    const { exitCode, ok, check } = await examine(network);
    expect({ exitCode, ok }).toEqual({ exitCode: 1, ok: false });
    expect(check(name)).toMatchObject({ status: 'fail', detail: expect.stringContaining(detail) });
    expect(check(name)?.remedy).toMatch(/^(plexus|PLEXUS_API_KEY|timedatectl)/);
  });

  it.each([
    [
      'a name that the coordinator is not told of',
      answering({ '/healthz': { status: 403, body: {} } }),
      '--allowed-host',
    ],
    ['a certificate of its own', failing('self-signed certificate'), 'NODE_EXTRA_CA_CERTS'],
    ['a machine that is not there', failing('connect EHOSTUNREACH 10.0.0.9:8800'), '--url'],
  ])('says of %s elsewhere what mends that, not that a network shall be started here', async (_what, network, word) => {
    const { check } = await examine(network, ['--url', 'https://plexus.example.org', '--quick']);
    expect(check('coordinator')).toMatchObject({ status: 'fail', remedy: expect.stringContaining(word) });
  });

  it('tells one that is not ready, and one whose clock is a little off, from one that is broken', async () => {
    const away = { '/readyz': refusal(503, 'no'), '/plexus/v1/wallet': refusal(503, 'The books cannot be reached') };
    const late = answering({ ...WELL, ...away }, new Date(Date.now() - 10_000));
    const { exitCode, check } = await examine(late);
    expect(exitCode).toBe(0);
    expect(check('coordinator')).toMatchObject({ status: 'warn', detail: expect.stringContaining('is not ready') });
    expect(check('clock')?.status).toBe('warn');
    expect(check('key')).toMatchObject({ status: 'warn', detail: 'not tried: The books cannot be reached' });
  });

  it('prints a line for each thing to a person', async () => {
    const { stdout } = await type(['doctor', '--quick', '--url', URL_A, '--key', 'gn_key'], { fetch: unreachable });
    expect(stdout).toMatch(/^ok +node\.js +v\d+/m);
    expect(stdout).toMatch(/^fail +coordinator +http:\S+ cannot be reached: nobody is there +→ plexus up$/m);
  });
});

function refusal(status: number, message: string) {
  return { status, body: { error: { code: 'REFUSED', message } } };
}

it('plexus doctor finds that a home cannot be written, as nothing could start there', async () => {
  const home = join(temporaryFolder(), 'a-file');
  writeFileSync(home, '');
  const { exitCode, check } = await examine(unreachable, ['--quick', '--home', home]);
  expect(exitCode).toBe(1);
  expect(check('disk')).toMatchObject({ status: 'fail', detail: expect.stringContaining(home) });
});
