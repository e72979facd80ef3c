import { type Context, Refusal } from '../dialect.ts';
import { inWords } from './words.ts';

/** Streams under an Idempotency-Key that are being read: their pieces go to one reader only. */
export interface OpenStreams {
  /**
   * A reader whose client is gone is in nobody's way: the next one gets the answer once it is whole.
   *
   * @returns to be called when the stream has ended
   * @throws {Refusal} when one of the same key is being read
   */
  open(context: Pick<Context<'key'>, 'caller' | 'idempotency' | 'signal'>): () => void;
}

export function createOpenStreams(): OpenStreams {
  /** By key; each ends when its client goes away. */
  const readers = new Map<string, AbortSignal>();
  return {
    open({ caller, idempotency, signal }) {
      if (!idempotency) return () => undefined;
      const key = `${caller.accountId} ${idempotency.key}`;
      const earlier = readers.get(key);
      if (earlier && !earlier.aborted) throw inUse(idempotency.key);
      readers.set(key, signal);
      return () => {
        if (readers.get(key) === signal) readers.delete(key);
      };
    },
  };
}

function inUse(key: string): Refusal {
  const message = `The Idempotency-Key "${key}" stands for an answer that is being streamed elsewhere; repeat it after its end`;
  const words = { status: 409, type: 'invalid_request_error', code: 'idempotency_key_in_use', final: true } as const;
  return new Refusal(message, inWords(message, words));
}
