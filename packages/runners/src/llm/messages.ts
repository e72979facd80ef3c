import { MAX_CHAT_MESSAGES } from '@plexus/protocol';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { RunError } from '../runner.ts';
import type { ChatMessage } from './engine.ts';

/** Wire names of roles to what chat templates know; `developer` is OpenAI's newer word for `system`. */
const ROLES = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' } as const;

const Messages = Type.Array(
  Type.Object({
    role: Type.Union([
      Type.Literal('system'),
      Type.Literal('developer'),
      Type.Literal('user'),
      Type.Literal('assistant'),
    ]),
    content: Type.String(),
  }),
  { minItems: 1, maxItems: MAX_CHAT_MESSAGES },
);
const validator = Compile(Messages);

/** @throws {RunError} INVALID_INPUT */
export function parseMessages(content: string): readonly ChatMessage[] {
  const parsed = parseJson(content);
  if (validator.Check(parsed)) return parsed.map(({ role, content: text }) => ({ role: ROLES[role], content: text }));
  const [first] = validator.Errors(parsed);
  const where = first?.instancePath.slice(1) || 'content';
  throw new RunError('INVALID_INPUT', `A chat is a list of {role, content}: ${where} ${first?.message ?? 'is not'}`);
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new RunError('INVALID_INPUT', 'The content of a chat must be a JSON list of messages', { cause: error });
  }
}
