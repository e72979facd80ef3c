import { type Context, Refusal } from '../dialect.ts';
import { inWords } from './words.ts';

/** Streams under an Idempotency-Key that are being read: their pieces go to one reader only. */
export interface OpenStreams {
  /**
   * @returns to be called when the stream has ended
   * @throws {Refusal} when one of the same key is open
   */
  open(context: Pick<Context<'key'>, 'caller' | 'idempotency'>): () => void;
}

export function createOpenStreams(): OpenStreams {
  const keys = new Set<string>();
  return {
    open({ caller, idempotency }) {
      if (!idempotency) return () => undefined;
      const key = `${caller.accountId} ${idempotency.key}`;
      if (keys.has(key)) throw inUse(idempotency.key);
      keys.add(key);
      return () => keys.delete(key);
    },
  };
}

function inUse(key: string): Refusal {
  const message = `The Idempotency-Key "${key}" stands for an answer that is being streamed elsewhere; repeat it after its end`;
  const words = { status: 409, type: 'invalid_request_error', code: 'idempotency_key_in_use', final: true } as const;
  return new Refusal(message, inWords(message, words));
}
