/** HOME/chat.json: the conversation of `plexus chat`, so that the next start goes on with it. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  const path = conversationPath(home);
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(conversation, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}

function isMessage(value: unknown): value is Message {
  const { role, content } = (value ?? {}) as Partial<Message>;
  return (role === 'user' || role === 'assistant') && typeof content === 'string';
}
