import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Terminal } from '../io.ts';

/** Lines typed while an answer comes; more of them are lost. */
const MAX_TYPED_AHEAD = 100;
const CLEAR_LINE = { ctrl: true, name: 'u' };

export interface PromptOptions {
  readonly terminal: Terminal;
  readonly sign: string;
  /** Lines that the arrow keys bring back, the newest last. */
  readonly history: readonly string[];
  /** Ends everything when it aborts. */
  readonly signal: AbortSignal;
  /** Called at the first Ctrl-C, which leaves no trace but this. */
  onInterrupted(): void;
}

/** Where a person types, one line at a time. */
export interface Prompt {
  /** The next line; nothing when the person leaves: with Ctrl-D, or with Ctrl-C twice. */
  ask(): Promise<string | undefined>;
  /** Does something that Ctrl-C stops; what is typed meanwhile is not shown, and not lost. */
  during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Opens a line editor on a terminal. */
export function openPrompt(options: PromptOptions): Prompt {
  const { terminal, signal } = options;
  const screen = createScreen(terminal.output);
  const editor = createEditor(options, screen.output);
  const lines = createLines();
  let running: AbortController | undefined;
  let interrupts = 0;

  function interrupt(): void {
    if (running) return running.abort(new Error('Interrupted'));
    interrupts += 1;
    if (interrupts > 1) return editor.close();
    editor.write(null, CLEAR_LINE);
    terminal.output.write('\n');
    options.onInterrupted();
    return editor.prompt();
  }

  editor.on('SIGINT', interrupt);
  editor.on('line', (line) => {
    interrupts = 0;
    lines.put(line);
  });
  editor.on('close', () => {
    lines.end();
    running?.abort(new Error('The terminal was closed'));
    signal.removeEventListener('abort', close);
  });
  const close = (): void => editor.close();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();

  return {
    close,
    ask() {
      if (!lines.hasEnded && !lines.isWaiting) editor.prompt(true);
      return lines.next();
    },
    async during(work) {
      running = new AbortController();
      screen.mute(true);
      try {
        return await work(lines.hasEnded ? AbortSignal.abort() : running.signal);
      } finally {
        screen.mute(false);
        running = undefined;
      }
    },
  };
}

function createEditor({ terminal, sign, history }: PromptOptions, output: Writable): Interface {
  return createInterface({
    input: terminal.input,
    output,
    terminal: true,
    prompt: sign,
    history: history.toReversed(),
    removeHistoryDuplicates: true,
  });
}

/** What the editor draws on, as long as it shall. */
function createScreen(output: Terminal['output']) {
  let isMuted = false;
  const screen = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      if (!isMuted) output.write(text);
      done();
    },
  });
  Object.defineProperty(screen, 'columns', { get: () => output.columns });
  return { output: screen, mute: (muted: boolean) => void (isMuted = muted) };
}

/** Lines that come when they come, for one who asks for them one by one. */
function createLines() {
  const lines: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let hasEnded = false;
  const give = (line: string | undefined): void => {
    waiting?.(line);
    waiting = undefined;
  };
  return {
    /** Whether a line was typed ahead. */
    get isWaiting() {
      return lines.length > 0;
    },
    get hasEnded() {
      return hasEnded;
    },
    put(line: string) {
      if (waiting) give(line);
      else if (lines.length < MAX_TYPED_AHEAD) lines.push(line);
    },
    end() {
      hasEnded = true;
      give(undefined);
    },
    next(): Promise<string | undefined> {
      if (hasEnded || lines.length > 0) return Promise.resolve(hasEnded ? undefined : lines.shift());
      return new Promise((resolve) => (waiting = resolve));
    },
  };
}
