import { setTimeout as sleep } from 'node:timers/promises';

/** The shortest pause between two pages. */
const PAUSE_MS = 1;

/**
 * Lets one reader at a time read a page of the past, and rests after it for as long as it took: readers that come back
 * all at once take half of the event loop at most.
 */
export class ReplayLane {
  private last: Promise<unknown> = Promise.resolve();

  async take<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      const begunAt = performance.now();
      const result = await step();
      return { result, tookMs: performance.now() - begunAt };
    });
    this.last = turn.then(
      ({ tookMs }) => sleep(Math.max(PAUSE_MS, tookMs)),
      () => sleep(PAUSE_MS),
    );
    return (await turn).result;
  }
}
