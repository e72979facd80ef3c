import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { madeReceipt } from './made-receipt.ts';
import { temporaryFolder, type } from './terminal.ts';

const JOB = {
  id: 'job-1',
  service: 'echo',
  state: 'completed',
  reason: 'done',
  progress: 100,
  node_id: 'node-1',
  result: 'Echo: x',
  error: null,
  held: '0',
  cost: '1234.5',
  units: 1,
  attempts: [],
  receipt_id: 'receipt_job-1',
  created_at: '2025-01-15T10:30:00.000Z',
  started_at: null,
  ended_at: null,
  deadline_at: '2025-01-15T10:31:00.000Z',
  processing_time_ms: 12,
};
const SUBMIT = 'POST /plexus/v1/jobs';
const network = { [SUBMIT]: { status: 201, body: JOB } };

describe('plexus run', () => {
  it('prints the result, and beside it what it cost', async () => {
    const { exitCode, stdout, stderr } = await type(['run', 'echo', 'x'], { network });
    expect(stdout).toBe('Echo: x\n');
    expect(stderr).toBe('receipt receipt_job-1 · 1,234.5 credits · node node-1 · 12 ms\n');
    expect(exitCode).toBe(0);
  });

  it('prints the job and nothing else with --json', async () => {
    const { stdout, stderr } = await type(['run', 'echo', 'x', '--json'], { network });
    expect(JSON.parse(stdout)).toEqual(JOB);
    expect(stderr).toBe('');
  });

  it('hands on parameters', async () => {
    const options =
      '--param delay_ms=5 --param note=a=b --max-tokens 7 --temperature 0.5 --from en --to es --max-cost 2.5';
    const { made } = await type(['run', 'echo', 'x', ...options.split(' ')], { network });
    expect(made[0]?.body).toMatchObject({
      service: 'echo',
      content: 'x',
      max_cost: '2.5',
      params: {
        delay_ms: 5,
        note: 'a=b',
        max_tokens: 7,
        temperature: 0.5,
        source_language: 'en',
        target_language: 'es',
      },
    });
  });

  it.each([
    ['llm', '--param max_token=5 --max-tokens 7 --model tiny --no-stream', ['max_token']],
    ['echo', '--max-tokens 7 --detach', ['max_tokens']],
    ['shout', '--param louder=true', []],
  ])('says which parameters %s does not have: %s', async (service, options, unknown) => {
    const { exitCode, stderr } = await type(['run', service, 'x', ...options.split(' ')], { network });
    const told = [...stderr.matchAll(/(\w+) has no parameter (\w+): it changes nothing/g)];
    expect({ exitCode, told: told.map(([, whose, name]) => [whose, name]) }).toEqual({
      exitCode: 0,
      told: unknown.map((name) => [service, name]),
    });
  });

  it('prints only the id with --detach', async () => {
    const { stdout, made } = await type(['run', 'echo', 'x', '--detach'], { network });
    expect(stdout).toBe('job-1\n');
    expect(made[0]?.body).toMatchObject({ wait_seconds: 0 });
  });
});

describe('the content of plexus run', () => {
  it('reads the text from stdin or from a file', async () => {
    const path = join(temporaryFolder(), 'text.txt');
    writeFileSync(path, 'from a file');
    const fromStdin = await type(['run', 'echo', '-'], { network, stdin: 'from stdin\n' });
    const fromFile = await type(['run', 'echo', `@${path}`], { network });
    expect([fromStdin.made[0]?.body, fromFile.made[0]?.body]).toMatchObject([
      { content: 'from stdin\n' },
      { content: 'from a file' },
    ]);
  });

  it('sends no bytes that are no text, which would arrive as other ones', async () => {
    const path = join(temporaryFolder(), 'picture.png');
    writeFileSync(path, Buffer.from([0x89, 0x50, 0x4e, 0x47]));
    const { exitCode, stderr, made } = await type(['run', 'echo', `@${path}`], { network });
    expect({ exitCode, made }).toEqual({ exitCode: 2, made: [] });
    expect(stderr).toContain(`${path}: it is not UTF-8 text`);
  });
});

describe('plexus run --receipt', () => {
  const { receipt, coordinatorKey } = madeReceipt();
  const info = { 'GET /plexus/v1/info': { body: { public_key: coordinatorKey } } };
  const withReceipt = { ...network, ...info, 'GET /plexus/v1/receipts/receipt_job-1': { body: receipt } };

  it('saves the receipt', async () => {
    const home = temporaryFolder();
    const path = join(home, 'receipt.json');
    const argv = ['run', 'echo', 'x', '--receipt', path, '--home', home];
    expect(await type(argv, { network: withReceipt })).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(receipt);
  });

  it('gives no work to a network whose key has changed', async () => {
    const home = temporaryFolder();
    const argv = ['run', 'echo', 'x', '--receipt', join(home, 'receipt.json'), '--home', home];
    await type(argv, { network: withReceipt });
    const other = { 'GET /plexus/v1/info': { body: { public_key: madeReceipt().coordinatorKey } } };
    const { exitCode, stderr, made } = await type(argv, { network: { ...withReceipt, ...other } });
    expect(exitCode).toBe(5);
    expect(stderr).toContain("THE COORDINATOR'S KEY HAS CHANGED");
    expect(made.map(({ method }) => method)).toEqual(['GET']);
  });

  it('prints the result even when the receipt cannot be had', async () => {
    const home = temporaryFolder();
    const argv = ['run', 'echo', 'x', '--receipt', join(home, 'receipt.json'), '--home', home];
    const refusal = { 'GET /plexus/v1/receipts/receipt_job-1': { status: 404, body: {} } };
    const { exitCode, stdout } = await type(argv, { network: { ...withReceipt, ...refusal } });
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: 'Echo: x\n' });
  });
});

describe('the end of plexus run', () => {
  it('ends with 1 when the job failed, and says why', async () => {
    const failed = {
      ...JOB,
      state: 'failed',
      reason: 'failed_everywhere',
      result: null,
      receipt_id: null,
      error: 'no luck',
    };
    const { exitCode, stdout, stderr } = await type(['run', 'echo', 'x'], {
      network: { [SUBMIT]: { status: 201, body: failed } },
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('error: The job failed: no luck (failed_everywhere)');
    expect(stderr).toContain('plexus jobs explain job-1');
  });

  it('keeps a result from steering a terminal, but not from a program', async () => {
    const body = { ...JOB, result: '\u001b[2Jgone' };
    const evil = { [SUBMIT]: { status: 201, body } };
    const seen = await type(['run', 'echo', 'x'], { network: evil, isTTY: true });
    const piped = await type(['run', 'echo', 'x'], { network: evil });
    expect(seen.stdout).toBe('\uFFFD[2Jgone\n');
    expect(piped.stdout).toBe('\u001b[2Jgone\n');
  });
});
