import { describe, expect, it } from 'vitest';
import { scriptedNetwork } from './scripted-network.ts';
import { type Situation, type } from './terminal.ts';

/** A command line whose streamed answer is written by the test. */
async function streamed(argv: readonly string[], situation: Situation, pieces: readonly string[]) {
  const { fetch, answers, made } = scriptedNetwork();
  const ended = type(argv, { ...situation, fetch });
  const answer = await answers.next();
  for (const piece of pieces) answer.piece(piece);
  return { answer, made, ended };
}

describe('plexus chat without a terminal', () => {
  it('takes all of stdin for one message and prints the answer and nothing else', async () => {
    const { answer, ended } = await streamed(['chat'], { stdin: 'What is\nthis?\n' }, ['\u001b[1mIt ', 'is.']);
    expect(answer.body['messages']).toEqual([{ role: 'user', content: 'What is\nthis?' }]);
    answer.end();
    expect(await ended).toMatchObject({ exitCode: 0, stdout: '\u001b[1mIt is.\n', stderr: '' });
  });

  it('prints one line of JSON for each event with --json', async () => {
    const { answer, ended } = await streamed(['chat', '--json'], { stdin: 'Hi' }, ['A', 'B\n']);
    answer.end();
    const { stdout, stderr } = await ended;
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'piece', text: 'A' },
      { event: 'piece', text: 'B\n' },
      {
        event: 'end',
        model: 'tiny',
        finish_reason: 'stop',
        usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
        job_id: 'job-1',
        node_id: 'node-1',
        cost: '0.0009',
        receipt_id: 'receipt_job-1',
      },
    ]);
    expect(stderr).toBe('');
  });

  it('ends with 1 when the answer failed in its midst, and keeps what came', async () => {
    const { answer, ended } = await streamed(['chat'], { stdin: 'Hi' }, ['Half']);
    answer.fail('node_lost', 'The node was lost');
    const { exitCode, stdout, stderr } = await ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'Half\n' });
    expect(stderr).toContain('error: The node was lost');
  });

  it('ends with 4 when the network refuses, and says what to do', async () => {
    const { fetch } = scriptedNetwork();
    const { exitCode, stderr } = await type(['chat', '--model', 'gone'], { stdin: 'Hi', fetch });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('plexus models');
  });

  it('asks nothing when there is no message', async () => {
    const { fetch, made } = scriptedNetwork();
    expect(await type(['chat'], { stdin: '\n', fetch })).toMatchObject({ exitCode: 2 });
    expect(made).toEqual([]);
  });
});

describe('plexus run llm', () => {
  it('prints the answer while it is made, where that goes to a terminal', async () => {
    const argv = ['run', 'llm', 'The sea', '--max-tokens', '5', '--param', 'top_p=0.5'];
    const { answer, ended } = await streamed(argv, { isTTY: true, env: { NO_COLOR: '1' } }, [' was', ' wide']);
    expect(answer.path).toBe('/v1/completions');
    expect(answer.body).toMatchObject({ model: 'default', prompt: 'The sea', max_tokens: 5, top_p: 0.5 });
    answer.end();
    const { exitCode, stdout, stderr } = await ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: ' was wide\n' });
    expect(stderr).toContain('receipt receipt_job-1 · 0.0009 credits · node node-1 · 5 ms\n');
  });

  it('prints the same bytes to a pipe with --stream as without', async () => {
    const { answer, ended } = await streamed(['run', 'llm', 'x', '--stream'], {}, ['a\u001b', 'b\n']);
    answer.end();
    expect((await ended).stdout).toBe('a\u001bb\n');
  });

  it.each([
    [['--no-stream'], true],
    [['--max-cost', '1'], true],
    [['--param', 'chat=true'], true],
    [[], false],
  ])('is awaited whole with %j at a terminal: %s', async (options, isTTY) => {
    const { fetch, made } = scriptedNetwork();
    await type(['run', 'llm', 'x', ...options], { isTTY, fetch });
    expect(made).toEqual(['POST /plexus/v1/jobs']);
  });

  it('says of an answer that failed in its midst how to learn why', async () => {
    const { answer, ended } = await streamed(['run', 'llm', 'x', '--stream'], {}, ['Half']);
    answer.fail('node_lost', 'The node was lost');
    const { exitCode, stdout, stderr } = await ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'Half\n' });
    expect(stderr).toContain('plexus jobs explain job-1');
  });
});

describe('beside them', () => {
  it('plexus models lists what nodes serve', async () => {
    const { stdout } = await type(['models'], { fetch: scriptedNetwork().fetch });
    expect(stdout).toMatch(/^MODEL +SERVICE +NODES +FEATURES\ndefault +llm +1 +chat\n/);
    expect(stdout).toContain('embedding');
  });

  it('plexus jobs get says of a job that ended long ago that its result is no more', async () => {
    const ended = {
      id: 'job-1',
      service: 'llm',
      state: 'completed',
      progress: 100,
      attempts: [],
      cost: '1',
      held: '0',
    };
    const absent = { reason: null, node_id: null, error: null, result: null, receipt_id: null, ended_at: null };
    const job = { ...ended, ...absent, created_at: '', deadline_at: '', texts_removed: true };
    const { stdout } = await type(['jobs', 'get', 'job-1'], { fetch: () => Promise.resolve(Response.json(job)) });
    expect(stdout).toContain('texts_removed');
  });

  it('plexus jobs get --wait waits for the end of a job', async () => {
    const job = { id: 'job-1', service: 'llm', attempts: [], created_at: '', deadline_at: '', ended_at: null };
    const states = ['running', 'completed'];
    const asked: string[] = [];
    const fetch = (input: Parameters<typeof globalThis.fetch>[0]) => {
      asked.push(new URL(input instanceof Request ? input.url : input).search);
      const fields = { progress: 0, cost: '0', held: '0', reason: null, node_id: null, error: null, result: 'x' };
      return Promise.resolve(Response.json({ ...job, ...fields, receipt_id: null, state: states[asked.length - 1] }));
    };
    const { exitCode, stdout } = await type(['jobs', 'get', 'job-1', '--wait'], { fetch });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('completed');
    expect(asked).toEqual(['', '?wait_seconds=30']);
  });
});
