import { writeFile } from 'node:fs/promises';
import { hasCode } from '@plexus/protocol';
import type { ChatState } from './chat-state.ts';
import { toMarkdown } from './conversation.ts';

/** What a command says; nothing when the person leaves. */
type Outcome = string | undefined;

interface ChatCommand {
  readonly usage: string;
  readonly does: string;
  run(state: ChatState, argument: string): Outcome | Promise<Outcome>;
}

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  help: { usage: '/help', does: 'this list', run: () => helpText() },
  clear: {
    usage: '/clear',
    does: 'forget what was said',
    async run(state) {
      await state.forget();
      return 'Forgotten; the next message begins anew.';
    },
  },
  model: { usage: '/model [NAME]', does: 'ask another model, or list them', run: chooseModel },
  save: { usage: '/save FILE', does: 'write the conversation to a file, as JSON where it ends in .json', run: save },
  quit: { usage: '/quit', does: 'leave; so does Ctrl-D', run: () => undefined },
};

/** Runs a line that begins with a slash. */
export async function runChatCommand(state: ChatState, line: string): Promise<Outcome> {
  const [name = '', ...words] = line.slice(1).trim().split(/\s+/);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return `There is no /${name}. ${helpText()}`;
  return await command.run(state, words.join(' '));
}

function helpText(): string {
  const width = Math.max(...Object.values(COMMANDS).map(({ usage }) => usage.length));
  const lines = Object.values(COMMANDS).map(({ usage, does }) => `  ${usage.padEnd(width)}  ${does}`);
  return ['Commands:', ...lines, 'Ctrl-C stops an answer. A message that begins with // is sent with one slash.'].join(
    '\n',
  );
}

async function chooseModel(state: ChatState, name: string): Promise<Outcome> {
  const models = await state.languageModels();
  const listed = `Served now: ${models.join(', ') || 'none'}`;
  if (name === '') return `This is ${state.model}. ${listed}`;
  if (!models.includes(name)) return `No connected node serves ${name} as a language model. ${listed}`;
  state.chooseModel(name);
  return `The next message goes to ${name}.`;
}

async function save({ conversation }: ChatState, path: string): Promise<Outcome> {
  if (path === '') return 'Name a file: /save FILE';
  const asJson = path.endsWith('.json');
  const text = asJson ? `${JSON.stringify(conversation, null, 2)}\n` : toMarkdown(conversation);
  try {
    await writeFile(path, text, { flag: 'wx' });
    return `Saved ${path}`;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return `${path} is there already; name another file.`;
    return `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}
