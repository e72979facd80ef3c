/** HOME/chat.json: the conversation of `plexus chat`, so that the next start goes on with it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceJsonFile } from '../json-file.ts';
import { type Conversation, type Message, newest, NOTHING_SAID } from './conversation.ts';

export function conversationPath(home: string): string {
  return join(home, 'chat.json');
}

/** What was kept; nothing when there is no such file, or it is not one of these. */
export async function readConversation(home: string): Promise<Conversation> {
  const text = await readFile(conversationPath(home), 'utf8').catch(() => '');
  try {
    const { system, messages } = JSON.parse(text) as { readonly system?: unknown; readonly messages?: unknown };
    if (!Array.isArray(messages) || !messages.every(isMessage)) return NOTHING_SAID;
    return { system: typeof system === 'string' ? system : undefined, messages: newest(messages) };
  } catch {
    return NOTHING_SAID;
  }
}

/** Keeps it, for nobody but its owner to read. */
export async function writeConversation(home: string, conversation: Conversation): Promise<void> {
  await replaceJsonFile(conversationPath(home), conversation);
}

function isMessage(value: unknown): value is Message {
  const { role, content } = (value ?? {}) as Partial<Message>;
  return (role === 'user' || role === 'assistant') && typeof content === 'string';
}
