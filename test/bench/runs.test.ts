import { describe, expect, it } from 'vitest';
import { count, measure } from '../../bench/course.mjs';
import { readOptions } from '../../bench/peers/options.mjs';
import { withStops } from '../../bench/stops.mjs';

describe('what a benchmark opened', () => {
  it('is closed in reverse order, whatever happens, and one that fails keeps none from it', async () => {
    const closed: string[] = [];
    const run = withStops(async ({ add }) => {
      await add(() => closed.push('first'));
      await add(() => {
        closed.push('second');
        throw new Error('stuck');
      });
      await add(() => closed.push('third'));
      return 0;
    });
    await expect(run).rejects.toThrow('Not everything could be closed');
    expect(closed).toEqual(['third', 'second', 'first']);
  });

  it('is closed at a signal, and so is what is opened after it', async () => {
    const closed: string[] = [];
    const before = process.listenerCount('SIGINT');
    const code = await withStops(async ({ add }) => {
      const stopped = new Promise((resolve) => void add(() => resolve(closed.push('early'))));
      process.emit('SIGINT');
      await stopped;
      await expect(add(() => closed.push('late'))).rejects.toThrow('being stopped');
      throw new Error('A child was ended');
    });
    expect(code).toBe(130);
    expect(closed).toEqual(['early', 'late']);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('clients in a closed loop', () => {
  it('begin exactly as many tasks as are asked for', async () => {
    let begun = 0;
    await count({ clients: 7, tasks: 100 }, (_number, { mayGo, succeed, leave }) => {
      const next = (): void => {
        if (!mayGo()) return leave();
        begun += 1;
        setImmediate(() => {
          succeed(performance.now());
          next();
        });
      };
      next();
    });
    expect(begun).toBe(100);
  });

  it('are all waited for when the window has closed', async () => {
    let under = 0;
    await measure({ clients: 3, warmMs: 1, measureMs: 5 }, (_number, { mayGo, succeed, leave }) => {
      const next = (): void => {
        if (!mayGo()) return leave();
        under += 1;
        setTimeout(() => {
          under -= 1;
          succeed(performance.now());
          next();
        }, 2);
      };
      next();
    });
    expect(under).toBe(0);
  });
});

describe('options of the benchmark beside peers', () => {
  it('keeps the order of the table, and names what it does not know', () => {
    expect(readOptions(['--only', 'bullmq,floor'])?.names).toEqual(['floor', 'bullmq']);
    expect(() => readOptions(['--only', 'floor,rabbit'])).toThrow('not "rabbit"');
    expect(() => readOptions(['--clients', '1,x'])).toThrow('--clients takes whole numbers above zero, not "x"');
    expect(readOptions(['--help'])).toBeUndefined();
    expect(readOptions(['--quick'])).toMatchObject({ rounds: 1, counts: [1, 8, 64], measureMs: 2000 });
  });
});
