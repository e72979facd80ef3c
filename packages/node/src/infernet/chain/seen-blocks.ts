import type { ChainClient, ChainHead } from './chain-client.ts';

/** Blocks that are remembered: a chain that gives up more of its newest ones is read anew. */
const MAX_SEEN = 64;

type Seen = Pick<ChainHead, 'number' | 'hash' | 'lastId'>;

/** The blocks at which a chain was looked at, so that it is noticed when the chain has others in their place. */
export interface SeenBlocks {
  /** @param block with the newest subscription that was read by then */
  note(block: Seen): void;
  /** The newest subscription that was read at a block which the chain still has; 0 where it has none of them. */
  standing(): Promise<number>;
}

export function createSeenBlocks(client: Pick<ChainClient, 'blockHash'>): SeenBlocks {
  const seen: Seen[] = [];
  return {
    note(block) {
      if (seen.at(-1)?.hash === block.hash) seen.pop();
      seen.push(block);
      if (seen.length > MAX_SEEN) seen.shift();
    },

    async standing() {
      for (let last = seen.at(-1); last; last = seen.at(-1)) {
        if ((await client.blockHash(last.number)) === last.hash) return last.lastId;
        seen.pop();
      }
      return 0;
    },
  };
}
