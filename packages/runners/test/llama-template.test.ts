import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultModelPath, type Runner } from '../src/index.ts';
import { addChatTemplate } from './gguf-template.ts';
import { found, makeRunner } from './llama-runner.ts';
import { expectResumable, recorder } from './runner-conformance.ts';

/** Parts end where tokens end, however they are cut: the binding makes tokens of each part alone. */
const templateWith = (end: string) =>
  `{% for m in messages %}[{{ m['role'] }}]\n{{ m['content'] }}${end}{% endfor %}{% if add_generation_prompt %}[assistant]\n{% endif %}`;

const messages = [
  { role: 'system', content: 'Speak as Ahab.' },
  { role: 'user', content: 'Who is the whale?' },
  { role: 'assistant', content: 'A fish.' },
  { role: 'user', content: 'And the sea?' },
];
const textWith = (end: string) =>
  `${messages.map(({ role, content }) => `[${role}]\n${content}${end}`).join('')}[assistant]\n`;
const END = '\n[end]\n';
const params = { temperature: 0, max_tokens: 20 };

function useTemplate(end: string) {
  let folder: string;
  let runner: Runner;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plexus-gguf-'));
    const modelPath = join(folder, 'templated.gguf');
    await addChatTemplate(defaultModelPath(), modelPath, templateWith(end));
    runner = await makeRunner(1, modelPath);
  }, 60_000);
  afterAll(async () => {
    await runner.close();
    await rm(folder, { recursive: true });
  });
  return () => runner;
}

describe.skipIf(!found.installed)('a model with a chat template of its own', { timeout: 60_000 }, () => {
  const runner = useTemplate(END);

  it('is asked in that form, to the letter', async () => {
    const asked = { content: JSON.stringify(messages), params: { ...params, chat: true } };
    const answer = await expectResumable(runner(), asked);
    const plain = await runner().run({ content: textWith(END), params }, recorder().context);
    expect(answer.metadata).toEqual({ ...plain.metadata, chat_template: 'JinjaTemplate' });
    expect(answer.output).toBe(plain.output);
  });

  it('goes on from a message of the assistant that comes last', async () => {
    const content = JSON.stringify([...messages, { role: 'assistant', content: 'The sea is' }]);
    const { output } = await runner().run({ content, params: { ...params, chat: true } }, recorder().context);
    const plain = await runner().run({ content: `${textWith(END)}The sea is`, params }, recorder().context);
    expect(output).toBe(plain.output);
  });
});

describe.skipIf(!found.installed)('an answer by a chat template', { timeout: 60_000 }, () => {
  const runner = useTemplate(',');

  it('ends where the template ends a message', async () => {
    const asked = { ...params, max_tokens: 100 };
    const plain = await runner().run({ content: textWith(','), params: asked }, recorder().context);
    const content = JSON.stringify(messages);
    const { output, metadata } = await runner().run({ content, params: { ...asked, chat: true } }, recorder().context);
    expect(plain.output).toContain(',');
    expect(output).toBe(plain.output.split(',')[0]);
    expect(metadata['finish_reason']).toBe('stop');
  });
});
