import type { EventBus } from '@plexus/core';
import type { Logger } from 'pino';

/** Writes into the log which results of nodes were refused: of a task of another node, under an old lease, badly signed. */
export function logRefusedResults(events: EventBus, logger: Logger): void {
  events.subscribe((event) => {
    if (event.type !== 'result_refused') return;
    const { nodeId, jobId, reason } = event;
    logger.warn({ nodeId, jobId, reason }, 'a result was refused');
  });
}
