import { afterEach, describe, expect, it, vi } from 'vitest';
import { startProgress } from '../src/output/progress.ts';

afterEach(() => void vi.useRealTimers());

function drawn(isTTY: boolean): string[] {
  vi.useFakeTimers();
  const writes: string[] = [];
  const progress = startProgress({ isTTY, write: (text) => void writes.push(text) }, 'waiting for a node');
  vi.advanceTimersByTime(2000);
  progress.stop();
  return writes;
}

describe('a line of progress', () => {
  it('is drawn in one row however narrow the terminal is, so that it can be taken away', () => {
    const frames = drawn(true).slice(0, -1);
    expect(frames.at(-1)).toContain('2 s · waiting for a node');
    for (const frame of frames) {
      // The line is taken away, and wrapping is off while the new one is drawn.
      expect(frame.startsWith('\r\u001b[2K\u001b[?7l')).toBe(true);
      expect(frame.endsWith('\u001b[?7h')).toBe(true);
    }
  });

  it('leaves nothing', () => {
    expect(drawn(true).at(-1)).toBe('\r\u001b[2K');
  });

  it('is for terminals', () => {
    expect(drawn(false)).toEqual([]);
  });
});
