import type { ReceiptLog } from '@plexus/core';
import type { Logger } from 'pino';
import type { OpenedLog } from './open-log.ts';

/** A tree head is signed at least so often while receipts come. Source: DESIGN.md 6. */
const TREE_HEAD_EVERY_MS = 1000;

/** Signs heads of the log and keeps what others were shown. */
export interface Sequencer {
  /** Does it a last time. */
  close(): Promise<void>;
}

export function startSequencer(receipts: ReceiptLog, { publish }: OpenedLog, logger: Logger): Sequencer {
  const run = async (): Promise<void> => {
    try {
      await publish(await receipts.head());
    } catch (error) {
      logger.error({ err: error }, 'no tree head');
    }
  };
  const timer = setInterval(() => void run(), TREE_HEAD_EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await run();
    },
  };
}
