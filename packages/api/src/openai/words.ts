/** Refusals in the form and the words of OpenAI. */
import type { ErrorReply } from '../dialect.ts';

/** Kinds of refusals. Source: OpenAI, "Error codes", and the bodies that its API answers. */
type ErrorType = 'invalid_request_error' | 'permission_error' | 'insufficient_quota' | 'requests' | 'server_error';

export interface Words {
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string;
  readonly param?: string;
  /** Whether the official client, which repeats 409, 429 and 5xx by itself, must not. */
  readonly final?: boolean;
  /** When to come back, where the domain does not say. */
  readonly retryAfterSeconds?: number;
}

export function inWords(message: string, words: Words): ErrorReply {
  const { status, type, code, param = null, final = false, retryAfterSeconds } = words;
  const headers = {
    ...(final && { 'x-should-retry': 'false' }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  return { status, body: { error: { message, type, param, code } }, headers };
}

/** A request that is wrong in itself. */
export function badRequest(message: string, code: string, param?: string): ErrorReply {
  return inWords(message, { status: 400, type: 'invalid_request_error', code, ...(param !== undefined && { param }) });
}
