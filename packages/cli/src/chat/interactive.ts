import type { TextStream } from '@plexus/sdk';
import { CliError, explainFailure } from '../failure.ts';
import type { Io, Terminal } from '../io.ts';
import { tellCost } from '../output/answer-line.ts';
import { type Colours, coloursFor } from '../output/colours.ts';
import { oneLine, printable } from '../output/text.ts';
import { createTextPrinter, type TextPrinter } from '../output/text-printer.ts';
import type { Session } from '../session.ts';
import { runChatCommand } from './chat-commands.ts';
import { toBody } from './chat-options.ts';
import type { ChatState } from './chat-state.ts';
import { toMessages } from './conversation.ts';
import { openPrompt, type Prompt } from './prompt.ts';

interface Talk {
  readonly io: Io;
  readonly session: Session;
  readonly state: ChatState;
  readonly colours: Colours;
  readonly prompt: Prompt;
}

/** Talks with a person until he leaves. A failure is told, and the talk goes on. */
export async function converse(io: Io, terminal: Terminal, session: Session, state: ChatState): Promise<void> {
  const colours = coloursFor(io.stderr, io.env);
  await greet(io, session, state);
  const prompt = openPrompt({
    terminal,
    sign: '> ',
    history: state.conversation.messages.filter(({ role }) => role === 'user').map(({ content }) => content),
    signal: io.signal,
    onInterrupted: () => say(io, 'Ctrl-C again, or Ctrl-D, leaves.'),
  });
  const talk = { io, session, state, colours, prompt };
  try {
    while (await turn(talk));
  } finally {
    prompt.close();
  }
  io.signal.throwIfAborted();
  io.stdout.write('\n');
}

async function greet(io: Io, { settings }: Session, state: ChatState): Promise<void> {
  const models = await state.languageModels();
  if (!models.includes(state.model)) throw unserved(state.model, models);
  const { length } = state.conversation.messages;
  say(io, `${state.model} at ${settings.url} · /help lists commands · Ctrl-C stops an answer, Ctrl-D leaves`);
  if (length > 0) say(io, `going on with the last conversation (${length} messages); /clear begins anew`);
}

function unserved(model: string, models: readonly string[]): CliError {
  if (models.length === 0) {
    const hint = 'See who is there with `plexus nodes`; `plexus doctor` says what is missing.';
    return new CliError('No connected node serves a language model', { hint });
  }
  return new CliError(`No connected node serves the model "${model}"`, { hint: `Served now: ${models.join(', ')}` });
}

/** @returns whether there is another one */
async function turn(talk: Talk): Promise<boolean> {
  const { io, state, prompt } = talk;
  const line = (await prompt.ask())?.trim();
  if (line === undefined) return false;
  if (line === '') return true;
  try {
    if (line.startsWith('/') && !line.startsWith('//')) {
      const outcome = await runChatCommand(state, line);
      if (outcome === undefined) return false;
      say(io, outcome);
    } else {
      await answer(talk, line.replace(/^\/\//, '/'));
    }
  } catch (error) {
    tellFailure(talk, error);
  }
  return true;
}

async function answer({ io, session, state, prompt }: Talk, question: string): Promise<void> {
  await prompt.during(async (signal) => {
    const body = toBody(state.options, toMessages(state.conversation, question));
    const stream = session.plexus.chat.stream(body, { signal });
    const printer = createTextPrinter(io, 'waiting for a node');
    try {
      await print(stream, printer, signal);
    } finally {
      // What was made is paid for, and may be gone on from.
      if (printer.text !== '') await state.add(question, printer.text);
    }
    if (signal.aborted) say(io, printer.text === '' ? 'interrupted before anything came' : 'interrupted');
    await tellCost(io, stream, state.options.maxTokens);
  });
}

async function print(stream: TextStream, printer: TextPrinter, signal: AbortSignal): Promise<void> {
  try {
    for await (const piece of stream) printer.add(piece);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    printer.end();
  }
}

function tellFailure({ io, colours }: Talk, error: unknown): void {
  const { message, hint } = explainFailure(error, io.signal);
  io.stderr.write(`${colours.red('error:')} ${oneLine(message)}\n`);
  if (hint !== undefined) say(io, hint);
}

/** A remark that is no part of an answer. */
function say({ stderr, env }: Pick<Io, 'stderr' | 'env'>, text: string): void {
  stderr.write(`${coloursFor(stderr, env).dim(printable(text))}\n`);
}
