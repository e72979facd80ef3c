import { describe, expect, it } from 'vitest';
import { createLane } from '../src/llm/llama-lane.ts';
import { failureOf } from './runner-conformance.ts';

describe('work that cannot be broken off', () => {
  it('is not waited for once the signal came, and keeps the lane until it is over', async () => {
    const controller = new AbortController();
    const lane = createLane(controller.signal);
    let over: () => void = () => undefined;
    const running = failureOf(lane.run(() => new Promise<void>((resolve) => (over = resolve))));
    controller.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(await failureOf(lane.run(async () => undefined))).toMatchObject({ code: 'CANCELLED' });
    let isIdle = false;
    const idle = lane.idle().then(() => (isIdle = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle).toBe(false);
    over();
    await idle;
  });

  it('frees the lane when it fails, too', async () => {
    const lane = createLane(new AbortController().signal);
    await expect(lane.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    lane.finish(() => Promise.reject(new Error('broken')));
    await lane.idle();
  });
});
