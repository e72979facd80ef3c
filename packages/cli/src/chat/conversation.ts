import type { ChatBody } from '@plexus/sdk';

/** Older exchanges than these are forgotten: every one is sent again, and paid, with each question. */
const MAX_MESSAGES = 200;
const MAX_CHARACTERS = 200_000;

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** What was said, a question and its answer by turns. */
export interface Conversation {
  readonly system: string | undefined;
  readonly messages: readonly Message[];
}

export const NOTHING_SAID: Conversation = { system: undefined, messages: [] };

/** The conversation with one more exchange, as far back as it is kept. */
export function withExchange({ system, messages }: Conversation, question: string, answer: string): Conversation {
  const all: readonly Message[] = [
    ...messages,
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ];
  return { system, messages: newest(all) };
}

/** The newest messages within the bounds, from a question on. */
export function newest(messages: readonly Message[]): readonly Message[] {
  let characters = 0;
  const kept = messages
    .slice(-MAX_MESSAGES)
    .toReversed()
    .filter(({ content }) => (characters += content.length) <= MAX_CHARACTERS)
    .toReversed();
  const first = kept.findIndex(({ role }) => role === 'user');
  return first === -1 ? [] : kept.slice(first);
}

/** What is sent to have a question answered. */
export function toMessages({ system, messages }: Conversation, question: string): ChatBody['messages'] {
  return [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    ...messages,
    { role: 'user', content: question },
  ];
}

/** The conversation for people to read. */
export function toMarkdown({ system, messages }: Conversation): string {
  const parts = [...(system === undefined ? [] : [{ role: 'system', content: system }]), ...messages];
  return parts.map(({ role, content }) => `## ${role}\n\n${content.trim()}\n`).join('\n');
}
