import type { ChainClient, ChainHead } from './chain-client.ts';

/** Blocks that are remembered: a chain that gives up more of its newest ones is read anew. */
const MAX_SEEN = 64;

type Seen = Pick<ChainHead, 'number' | 'hash' | 'lastId' | 'time'>;

/** The blocks at which a chain was looked at, so that it is noticed when the chain has others in their place. */
export interface SeenBlocks {
  /**
   * @param block with the newest subscription that was read by then
   * @returns the time by it and by the block that was seen before it: what one is dated alone, a chain may take back
   */
  note(block: Seen): Promise<number>;
  /** The newest subscription that was read at a block which the chain still has; 0 where it has none of them. */
  standing(): Promise<number>;
}

export function createSeenBlocks(client: Pick<ChainClient, 'block'>): SeenBlocks {
  const seen: Seen[] = [];
  const parentOf = async ({ number }: Seen) => (number > 0n ? await client.block(number - 1n) : undefined);
  return {
    async note(block) {
      if (seen.at(-1)?.hash === block.hash) seen.pop();
      const { time = block.time } = seen.at(-1) ?? (await parentOf(block)) ?? {};
      seen.push(block);
      if (seen.length > MAX_SEEN) seen.shift();
      return Math.min(time, block.time);
    },

    async standing() {
      for (let last = seen.at(-1); last; last = seen.at(-1)) {
        if ((await client.block(last.number))?.hash === last.hash) return last.lastId;
        seen.pop();
      }
      return 0;
    },
  };
}
