import type { Command } from 'commander';
import type { ChatOptions } from '../chat/chat-options.ts';
import { createChatState } from '../chat/chat-state.ts';
import { converse } from '../chat/interactive.ts';
import { answerStdin } from '../chat/one-shot.ts';
import type { Io } from '../io.ts';
import { examples, openSession, type SessionFlags, withSession } from '../session.ts';
import { decimal, wholeNumber } from '../values.ts';
import { MAX_TOKENS_LIMIT } from './run.ts';

interface ChatFlags extends SessionFlags {
  readonly model: string;
  readonly system?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly new?: boolean;
}

export function addChat(program: Command, io: Io): void {
  const chat = program
    .command('chat')
    .summary('talk with a language model')
    .description(
      'Talk with a language model. Answers are printed as they are made; Ctrl-C stops one, and its work on the network. ' +
        'The conversation is kept in chat.json of the home, and the next start goes on with it. Without a terminal ' +
        'all of stdin is one message, and only its answer is printed; --json prints a line of JSON for each piece.',
    )
    .option('--model <name>', 'see `plexus models`', 'default')
    .option('--system <text>', 'what the model is told before everything else')
    .option('--max-tokens <n>', 'most tokens of an answer', wholeNumber(1, MAX_TOKENS_LIMIT))
    .option('--temperature <t>', '0 takes the likeliest token each time', decimal)
    .option('--new', 'begin a new conversation');
  examples(withSession(chat), [
    'plexus chat',
    'plexus chat --model qwen2.5-1.5b-instruct --system "Answer in one sentence."',
    'git diff | plexus chat --system "Write a commit message for this."',
    'echo "Three rivers, as JSON" | plexus chat --json',
  ]).action((flags: ChatFlags) => chatWith(io, flags));
}

async function chatWith(io: Io, flags: ChatFlags): Promise<void> {
  const session = await openSession(io, flags);
  const { system, json: asJson = false, new: isNew = false } = flags;
  const options: ChatOptions = { model: flags.model, maxTokens: flags.maxTokens, temperature: flags.temperature };
  if (!io.terminal || asJson) return await answerStdin(io, session, { options, system, asJson });
  const state = await createChatState({ session, options, system, isNew, signal: io.signal });
  return await converse(io, io.terminal, session, state);
}
