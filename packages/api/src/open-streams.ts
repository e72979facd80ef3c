import type { Context, Refusal } from './dialect.ts';

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

/** @param inUse the refusal for a key of which a stream is being read, in the dialect's form */
export function createOpenStreams(inUse: (message: string) => Refusal): OpenStreams {
  /** By key; each ends when its client goes away. */
  const readers = new Map<string, AbortSignal>();
  return {
    open({ caller, idempotency, signal }) {
      if (!idempotency) return () => undefined;
      const key = `${caller.accountId} ${idempotency.key}`;
      const earlier = readers.get(key);
      if (earlier && !earlier.aborted) throw inUse(inUseWords(idempotency.key));
      readers.set(key, signal);
      return () => {
        if (readers.get(key) === signal) readers.delete(key);
      };
    },
  };
}

function inUseWords(key: string): string {
  return `The Idempotency-Key "${key}" stands for an answer that is being streamed elsewhere; repeat it after its end`;
}
