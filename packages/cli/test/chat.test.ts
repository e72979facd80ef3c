import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CTRL_C, CTRL_D, startAtTerminal } from './live-terminal.ts';
import { temporaryFolder } from './terminal.ts';

const CANCEL = 'POST /plexus/v1/jobs/job-1/cancel';

function chatAt(home = temporaryFolder(), ...options: string[]) {
  return startAtTerminal(['chat', ...options], home);
}

/** A talk whose first question is being answered. */
async function answering(...options: string[]) {
  const home = temporaryFolder();
  const terminal = chatAt(home, ...options);
  await terminal.until('> ');
  terminal.press('Hello?\r');
  return { home, terminal, answer: await terminal.network.answers.next() };
}

describe('plexus chat', () => {
  it('prints an answer while it is made, and under it what it took', async () => {
    const { terminal, answer } = await answering('--max-tokens', '9', '--temperature', '0.5', '--system', 'Be brief.');
    expect(answer.body).toMatchObject({
      model: 'default',
      max_tokens: 9,
      temperature: 0.5,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello?' },
      ],
    });
    answer.piece('Good ');
    await terminal.until('Good ');
    answer.piece('day\u001b[2J');
    await terminal.until('day\uFFFD[2J');
    answer.end();
    await terminal.until('7 + 2 tokens · 0.0009 credits · receipt receipt_job-1 · node node-1\n');
    terminal.press(CTRL_D);
    expect(await terminal.exitCode).toBe(0);
  });

  it.each([
    ['2', 'cut at the most tokens allowed; see --max-tokens\n'],
    ['3', "cut where the model's context is full; send less, or begin anew with /clear\n"],
  ])('says why an answer of two tokens, asked for with --max-tokens %s, was cut', async (most, said) => {
    const { terminal, answer } = await answering('--max-tokens', most);
    answer.piece('Good day');
    answer.end('length');
    await terminal.until(said);
    terminal.press(CTRL_D);
    await terminal.exitCode;
  });
});

describe('a conversation', () => {
  it('is sent with each question, also after the next start', async () => {
    const { home, terminal, answer } = await answering();
    answer.piece('Yes.');
    answer.end();
    await terminal.until('tokens');
    await terminal.until('> ');
    terminal.press('Really?\r');
    const said = [
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Really?' },
    ];
    const second = await terminal.network.answers.next();
    expect(second.body['messages']).toEqual(said);
    second.piece('No.');
    second.end();
    await terminal.until('tokens');
    terminal.press(CTRL_D);
    await terminal.exitCode;
    expect(statSync(join(home, 'chat.json')).mode & 0o777).toBe(0o600);

    const next = chatAt(home);
    await next.until('going on with the last conversation (4 messages)');
    next.press('Sure?\r');
    const third = await next.network.answers.next();
    expect(third.body['messages']).toEqual([
      ...said,
      { role: 'assistant', content: 'No.' },
      { role: 'user', content: 'Sure?' },
    ]);
  });

  it('begins anew with --new', async () => {
    const { home, terminal, answer } = await answering();
    answer.piece('Yes.');
    answer.end();
    await terminal.until('tokens');
    const next = chatAt(home, '--new');
    await next.until('> ');
    next.press('Again?\r');
    expect((await next.network.answers.next()).body['messages']).toEqual([{ role: 'user', content: 'Again?' }]);
  });
});

describe('Ctrl-C', () => {
  it('stops an answer and its job, keeps what was made, and the talk goes on', async () => {
    const { terminal, answer } = await answering();
    answer.piece('Once upon');
    await terminal.until('Once upon');
    terminal.press(CTRL_C);
    await terminal.until('interrupted\n');
    expect(terminal.network.made).toContain(CANCEL);
    await terminal.until('> ');
    terminal.press('Go on\r');
    const next = await terminal.network.answers.next();
    expect(next.body['messages']).toEqual([
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content: 'Once upon' },
      { role: 'user', content: 'Go on' },
    ]);
  });

  it('before anything came leaves no trace in the conversation', async () => {
    const { terminal } = await answering();
    terminal.press(CTRL_C);
    await terminal.until('interrupted before anything came');
    await terminal.until('> ');
    terminal.press('Again\r');
    const next = await terminal.network.answers.next();
    expect(next.body['messages']).toEqual([{ role: 'user', content: 'Again' }]);
  });

  it('at the prompt leaves at the second time, and a line in between takes the first one back', async () => {
    const terminal = chatAt();
    await terminal.until('> ');
    terminal.press(`half a line${CTRL_C}`);
    await terminal.until('Ctrl-C again');
    terminal.press('/help\r');
    await terminal.until('/quit');
    terminal.press(CTRL_C);
    await terminal.until('Ctrl-C again');
    terminal.press(CTRL_C);
    expect(await terminal.exitCode).toBe(0);
  });

  it('is not what ends the program from outside, which cancels too', async () => {
    const { terminal, answer } = await answering();
    answer.piece('x');
    await terminal.until('x');
    terminal.terminate();
    expect(await terminal.exitCode).toBe(130);
    expect(terminal.network.made).toContain(CANCEL);
  });
});

describe('what is typed during an answer', () => {
  it('is not shown in it, and is the next message', async () => {
    const { terminal, answer } = await answering();
    terminal.press('typed ahead\r');
    answer.piece('One.');
    answer.end();
    expect(await terminal.until('tokens')).not.toContain('typed');
    const next = await terminal.network.answers.next();
    expect(next.body['messages']).toContainEqual({ role: 'user', content: 'typed ahead' });
  });
});

describe('a failure', () => {
  it('is told with what to do next, and the talk goes on', async () => {
    const { terminal, answer } = await answering();
    answer.piece('Half of');
    answer.fail('node_lost', 'The node was lost');
    await terminal.until('Half of\nerror: The node was lost');
    await terminal.until('Try again');
    await terminal.until('> ');
    terminal.press('/quit\r');
    expect(await terminal.exitCode).toBe(0);
  });

  it('ends the program before the first question where no node could answer it', async () => {
    const terminal = chatAt(temporaryFolder(), '--model', 'embedding');
    await terminal.until('error: No connected node serves the model "embedding"\nServed now: default, tiny');
    expect(await terminal.exitCode).toBe(1);
  });

  it('to keep the conversation is told, and no more than that', async () => {
    const terminal = chatAt('/dev/null/nowhere');
    await terminal.until('> ');
    terminal.press('Hello?\r');
    const answer = await terminal.network.answers.next();
    answer.piece('Yes.');
    answer.end();
    await terminal.until('is not kept');
    await terminal.until('tokens');
  });
});

describe('commands', () => {
  it('choose another model, or say which there are', async () => {
    const terminal = chatAt();
    await terminal.until('> ');
    terminal.press('/model\r');
    await terminal.until('This is default. Served now: default, tiny');
    terminal.press('/model embedding\r');
    await terminal.until('No connected node serves embedding as a language model');
    terminal.press('/model tiny\r');
    await terminal.until('goes to tiny');
    terminal.press('Hello?\r');
    expect((await terminal.network.answers.next()).body['model']).toBe('tiny');
  });

  it('save the conversation, and forget it', async () => {
    const { home, terminal, answer } = await answering();
    answer.piece('Yes.');
    answer.end();
    await terminal.until('tokens');
    const path = join(home, 'talk.md');
    terminal.press(`/save ${path}\r`);
    await terminal.until('Saved');
    expect(readFileSync(path, 'utf8')).toBe('## user\n\nHello?\n\n## assistant\n\nYes.\n');
    terminal.press(`/save ${path}\r`);
    await terminal.until('is there already');
    terminal.press('/clear\r');
    await terminal.until('Forgotten');
    expect(JSON.parse(readFileSync(join(home, 'chat.json'), 'utf8'))).toEqual({ messages: [] });
  });

  it('are not sent, unless with a second slash', async () => {
    const terminal = chatAt();
    await terminal.until('> ');
    terminal.press('/nonsense\r');
    await terminal.until('There is no /nonsense');
    terminal.press('//etc/hosts?\r');
    const answer = await terminal.network.answers.next();
    expect(answer.body['messages']).toEqual([{ role: 'user', content: '/etc/hosts?' }]);
  });
});
