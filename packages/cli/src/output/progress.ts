import type { Sink } from '../io.ts';
import { oneLine } from './text.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** Nothing is shown for what is over sooner. */
const QUIET_MS = 300;
const CLEAR_LINE = '\r\u001b[2K';
/** A line that went on in the next row could not be taken away: what is too long is cut. Source: DEC VT510, DECAWM. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

export interface Progress {
  say(text: string): void;
  /** Takes the line away; safe to call twice. */
  stop(): void;
}

/** A line with the elapsed time that is redrawn in place; nothing at all where there is no terminal. */
export function startProgress(sink: Sink, firstText: string): Progress {
  if (!sink.isTTY) return { say: () => undefined, stop: () => undefined };
  const startedAt = performance.now();
  let text = firstText;
  let frame = 0;
  let shown = false;
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs < QUIET_MS) return;
    const sign = FRAMES[frame++ % FRAMES.length] ?? '';
    sink.write(`${CLEAR_LINE}${NO_WRAP}${sign} ${Math.floor(elapsedMs / 1000)} s · ${oneLine(text)}${WRAP}`);
    shown = true;
  }, FRAME_MS);
  timer.unref();
  return {
    say: (next) => void (text = next),
    stop() {
      clearInterval(timer);
      if (shown) sink.write(CLEAR_LINE);
      shown = false;
    },
  };
}
