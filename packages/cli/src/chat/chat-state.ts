import { type Session, understood } from '../session.ts';
import type { ChatOptions } from './chat-options.ts';
import { type Conversation, NOTHING_SAID, withExchange } from './conversation.ts';
import { conversationPath, readConversation, writeConversation } from './conversation-file.ts';

const LIST_TIMEOUT_MS = 30_000;

/** What changes while a person talks with a model. */
export interface ChatState {
  readonly conversation: Conversation;
  readonly model: string;
  readonly options: ChatOptions;
  /** Names under which connected nodes serve a language model now. */
  languageModels(): Promise<readonly string[]>;
  chooseModel(name: string): void;
  /** Adds an exchange, and keeps it for the next start. */
  add(question: string, answer: string): Promise<void>;
  forget(): Promise<void>;
}

interface ChatStateOptions {
  readonly session: Session;
  readonly options: ChatOptions;
  readonly system: string | undefined;
  /** Begins a conversation instead of going on with the last one. */
  readonly isNew: boolean;
  readonly signal: AbortSignal;
}

/** Goes on where the last conversation ended. */
export async function createChatState(given: ChatStateOptions): Promise<ChatState> {
  const { session, signal } = given;
  const { home } = session.settings;
  const kept = given.isNew ? NOTHING_SAID : await readConversation(home);
  let conversation: Conversation = { ...kept, system: given.system ?? kept.system };
  let { options } = given;
  let isKept = true;

  async function keep(): Promise<void> {
    try {
      await writeConversation(home, conversation);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (isKept) session.note(`This conversation is not kept: ${conversationPath(home)} cannot be written: ${reason}`);
      isKept = false;
    }
  }

  return {
    get conversation() {
      return conversation;
    },
    get options() {
      return options;
    },
    get model() {
      return options.model;
    },
    async languageModels() {
      const { data } = await session.plexus.openai.listModels({}, { signal, timeoutMs: LIST_TIMEOUT_MS });
      const isLanguageModel = ({ plexus }: (typeof data)[number]): boolean => plexus.service === 'llm';
      return understood(() => data.filter(isLanguageModel), session.settings.url).map(({ id }) => id);
    },
    chooseModel: (model) => void (options = { ...options, model }),
    async add(question, answer) {
      conversation = withExchange(conversation, question, answer);
      await keep();
    },
    async forget() {
      conversation = { ...conversation, messages: [] };
      await keep();
    },
  };
}
