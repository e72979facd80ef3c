import type { Io } from '../io.ts';
import { startProgress } from './progress.ts';
import { printable } from './text.ts';

/** Prints a text that comes piece by piece: byte for byte to a program, without control characters to a terminal. */
export interface TextPrinter {
  add(piece: string): void;
  /** What came by now. */
  readonly text: string;
  /** Ends the line; nothing that came to nothing has one. */
  end(): void;
}

/** @param waiting what a terminal is told until the first piece comes */
export function createTextPrinter({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>, waiting: string): TextPrinter {
  const progress = startProgress(stderr, waiting);
  let text = '';
  return {
    get text() {
      return text;
    },
    add(piece) {
      progress.stop();
      text += piece;
      stdout.write(stdout.isTTY ? printable(piece) : piece);
    },
    end() {
      progress.stop();
      if (text !== '' && !text.endsWith('\n')) stdout.write('\n');
    },
  };
}
