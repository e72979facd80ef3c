import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOWED_HOST } from '@plexus/protocol';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, type } from './terminal.ts';

const WRONG_USAGES: readonly (readonly string[])[] = [
  [],
  ['nonsense'],
  ['run', 'echo'],
  ['run', 'echo', 'x', '--max-cost', 'much'],
  ['run', 'echo', 'x', '--param', 'novalue'],
  ['run', 'echo', 'x', '--stream'],
  ['run', 'llm', 'x', '--stream', '--max-cost', '1'],
  ['run', 'llm', 'x', '--stream', '--param', 'chat=true'],
  ['chat', '--max-tokens', 'many'],
  ['jobs', 'get', 'JOB', '--wait', '61'],
  ['jobs', 'ls', '--limit', '0'],
  ['jobs', 'ls', '--state', 'asleep'],
  ['up', '--coordinator-port', '65536'],
  ['wallet', '--url', 'ftp://example.com'],
  ['payouts', 'send', 'PLAN', '--wallet-file', 'words', '--usd-per-ton', '0'],
  ['payouts', 'send', 'PLAN', '--wallet-file', 'words', '--usd-per-ton', '1000001'],
  ['payouts', 'send', 'PLAN', '--wallet-file', 'words', '--endpoint', 'toncenter.com/api/v2'],
  ['wallet', '--url', 'http://user:secret@127.0.0.1:8800'],
  ['wallet', '--url', 'http://127.0.0.1:8800/?from=a-browser'],
  ['wallet', '--key', 'gn_…'],
  ['wallet', '--home', ''],
  ['node', '--token', 'gn_…'],
  ['jobs', 'get', ''],
  ['jobs', 'ls', 'x'],
  ['run', 'echo', '@/dev/zero'],
  ['keys', 'revoke', '..'],
  ['run', 'echo', 'x', '--detach', '--receipt', 'x.json'],
  ['run', 'llm', 'x', '--detach', '--stream'],
  ['keys', 'create', '--expires', 'soon'],
  ['keys', 'create', '--expires', '12'],
  ['keys', 'create', '--expires', '2999-01-01T00:00:00'],
  ['keys', 'create', '--expires', '2020-01-01T00:00:00Z'],
];

describe('exit codes', () => {
  it.each(WRONG_USAGES.map((argv) => [argv]))('2 for the usage %j', async (argv) => {
    const { exitCode, stdout, stderr } = await type(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('secret');
  });

  it('1 for a folder that cannot be, in words and with what to do then', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { exitCode, stderr } = await type(['up', '--home', file]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`error: ${file}: something else stands there already (EEXIST)\nName another path.\n`);
  });

  it('3 when nobody is there, and what to do then', async () => {
    const { exitCode, stdout, stderr } = await type(['services']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain('nobody is there');
    expect(stderr).toContain('plexus up');
  });

  it.each([
    [401, '--key'],
    [402, 'plexus grant'],
    [403, 'plexus keys ls'],
    [404, 'Check the id'],
  ])('4 when the network refuses with %i, and what to do then', async (status, advice) => {
    const body = { error: { code: 'NO', message: 'Not so' } };
    const { exitCode, stderr } = await type(['wallet'], { network: { 'GET /plexus/v1/wallet': { status, body } } });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('error: Not so');
    expect(stderr).toContain(advice);
  });

  it('4 when it is called by a name that it is not told of: no other key mends that', async () => {
    const body = {
      error: { code: 'FORBIDDEN', message: 'Host "a" is not served here', details: { needed: ALLOWED_HOST } },
    };
    const { exitCode, stderr } = await type(['wallet'], {
      network: { 'GET /plexus/v1/wallet': { status: 403, body } },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('--allowed-host');
    expect(stderr).not.toContain('plexus keys');
  });
});

describe('an address that is nearly right', () => {
  it('ends with 4 for a path that it does not have, as clients of OpenAI call it', async () => {
    const body = { error: { code: 'NOT_FOUND', message: 'There is no GET /v1/plexus/v1/wallet here' } };
    const network = { 'GET /v1/plexus/v1/wallet': { status: 404, body } };
    const { exitCode, stderr } = await type(['wallet', '--url', 'http://127.0.0.1:8800/v1'], { network });
    expect(exitCode).toBe(4);
    expect(stderr).toContain("Check --url URL or PLEXUS_URL: a coordinator's address has no /v1 at its end.");
  });

  it('ends with 3 for https where plain HTTP is spoken: starting another one does not mend that', async () => {
    const cause = new Error('SSL routines:ssl3_get_record:wrong version number');
    const refusing = () => Promise.reject(new TypeError('fetch failed', { cause }));
    const { exitCode, stderr } = await type(['wallet', '--url', 'https://127.0.0.1:8800'], { fetch: refusing });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('write http://');
    expect(stderr).not.toContain('plexus up');
  });
});

describe('a server that answers with JSON of its own', () => {
  const anything = { fetch: async () => Response.json({ object: 'list', data: [{ id: 'llama3' }] }) };

  it.each([
    [['models']],
    [['nodes']],
    [['services']],
    [['jobs', 'get', 'JOB']],
    [['run', 'echo', 'x']],
    [['payouts', 'list']],
    [['receipt', 'JOB']],
  ])('is told from Plexus by %j', async (argv) => {
    const { exitCode, stderr } = await type(argv, anything);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('Something else than Plexus seems to answer there');
  });

  it('is told from Plexus by plexus doctor', async () => {
    const { exitCode, stdout } = await type(['doctor', '--quick', '--key', 'gn_1'], anything);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/fail {2}coordinator .*answers otherwise than a coordinator does/);
    expect(stdout).toMatch(/warn {2}key .*no coordinator answers/);
  });
});

describe('Ctrl-C', () => {
  it.each([[['run', 'echo', '-']], [['chat']], [['verify', '-']]])(
    'ends %j with 130 while nobody writes on stdin',
    async (argv) => {
      const stop = new AbortController();
      const stdin = (async function* () {
        stop.abort(new Error('Interrupted'));
        yield await new Promise<string>(() => undefined);
      })();
      const { exitCode, stderr } = await type(argv, { stdin, signal: stop.signal });
      expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: 'error: Interrupted\n' });
    },
  );
});

describe('what is said of a failure', () => {
  it.each([
    ['MODEL_NOT_FOUND', 'plexus models'],
    ['NODE_NOT_FOUND', 'plexus nodes'],
    [undefined, 'No coordinator answers there'],
  ])('advises of a 404 %s as of what it is', async (code, advice) => {
    const body = { error: { code, message: 'Not so' } };
    const network = { 'GET /plexus/v1/wallet': { status: 404, body } };
    expect((await type(['wallet'], { network })).stderr).toContain(advice);
  });

  it.each([[['jobs', 'get']], [['nonsense']], [['run', 'echo', 'x', '--bogus']]])(
    'a wrong usage %j is JSON on stderr with --json, once',
    async (argv) => {
      const { exitCode, stdout, stderr } = await type([...argv, '--json']);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({
        error: { message: expect.stringMatching(/^(missing|unknown) /), hint: expect.stringContaining('--help') },
      });
    },
  );

  it.each(['--upstream', '--image-upstream', '--whisper-upstream'])(
    'an address that is none after %s starts nothing',
    async (flag) => {
      const home = join(temporaryFolder(), 'home');
      const { exitCode, stderr } = await type(['up', flag, 'ollama', '--home', home, '--json']);
      expect(exitCode).toBe(2);
      expect(JSON.parse(stderr)).toMatchObject({ error: { message: 'Not an http or https address: ollama' } });
      expect(existsSync(home)).toBe(false);
    },
  );

  it('errors are JSON on stderr with --json', async () => {
    const { stdout, stderr } = await type(['services', '--json']);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'UNREACHABLE', exit_code: 3 } });
  });
});

it.each([
  [['jobs', 'show', 'JOB'], "unknown command 'show'"],
  [['wallet', 'history'], "unknown command 'history'"],
  [['keys', 'list', 'mine'], "'ls' takes no arguments"],
])('%j is told what it is that does not exist', async (argv, message) => {
  const { exitCode, stderr } = await type(argv);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
});
