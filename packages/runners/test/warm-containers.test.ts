import { describe, expect, it } from 'vitest';
import type { ContainerEnd, ContainerEngine, RunningContainer } from '../src/index.ts';
import { createWarmContainers } from '../src/index.ts';

const { signal } = new AbortController();
const END: ContainerEnd = { exitCode: 1, isOutOfMemory: false, said: '' };

interface Started extends RunningContainer {
  readonly end: () => void;
  isRemoved: boolean;
}

/** An engine whose containers are objects; the first `failures` starts fail. */
function world(failures = 0) {
  const started: Started[] = [];
  const said: string[] = [];
  let starts = 0;
  const engine: ContainerEngine = {
    description: 'none',
    reap: async () => 0,
    close: async () => undefined,
    async start({ id }) {
      starts += 1;
      if (starts <= failures) throw new Error(`no ${id}`);
      let end: () => void = () => undefined;
      const ended = new Promise<ContainerEnd>((resolve) => (end = () => resolve(END)));
      const container: Started = {
        place: { host: '127.0.0.1', port: starts },
        ended,
        end,
        isRemoved: false,
        look: async () => undefined,
        async remove() {
          container.isRemoved = true;
        },
      };
      started.push(container);
      return container;
    },
  };
  const definitions = [
    { id: 'a', image: 'x' },
    { id: 'b', image: 'x' },
  ];
  const warm = createWarmContainers(engine, definitions, {
    onProgress: () => undefined,
    onFailure: (id, reason) => void said.push(`${id}: ${reason}`),
  });
  return { warm, started, said, starts: () => starts };
}

describe('warm containers', () => {
  it('are started once for all who want them', async () => {
    const { warm, starts } = world();
    const [first, second] = await Promise.all([warm.get('a', signal), warm.get('a', signal)]);
    expect(second).toBe(first);
    expect(starts()).toBe(1);
    await warm.close();
  });

  it('are replaced when they have ended, and what has ended is removed', async () => {
    const { warm, started } = world();
    const first = await warm.get('a', signal);
    started[0]?.end();
    await first.ended;
    await expect.poll(() => started[0]?.isRemoved).toBe(true);
    expect(await warm.get('a', signal)).not.toBe(first);
    await warm.close();
  });

  it('that fail to start are not started again at once', async () => {
    const { warm, starts } = world(1);
    await expect(warm.get('a', signal)).rejects.toThrow('no a');
    await expect(warm.get('a', signal)).rejects.toThrow('no a');
    expect(starts()).toBe(1);
    await warm.close();
  });

  it('are all started although one fails, and all removed at the end', async () => {
    const { warm, started, said } = world(1);
    await warm.warm();
    expect(said).toEqual(['a: no a']);
    expect(started).toHaveLength(1);
    await warm.close();
    expect(started.every(({ isRemoved }) => isRemoved)).toBe(true);
    await expect(warm.get('b', signal)).rejects.toThrow('The containers are being ended');
  });

  it('are waited for no longer than anybody wants them', async () => {
    const { warm } = world();
    const gone = new AbortController();
    gone.abort();
    await expect(warm.get('a', gone.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(warm.get('c', signal)).rejects.toThrow('There is no container "c"');
    await warm.close();
  });
});
