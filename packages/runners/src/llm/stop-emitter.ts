import { deliver } from '../interruption.ts';
import type { RunContext } from '../runner.ts';
import { NOTHING_HELD, splitAtStop } from './stop-splitter.ts';

export interface StopEmitter {
  /** Hands on what is sure to be before a stop text; true once a stop text was met. */
  push(piece: string): Promise<boolean>;
  /** Hands on what was held back; to be called when no more pieces come. */
  finish(): Promise<void>;
  /** All that was handed on. */
  text(): string;
}

/** Streams a text to a context up to the first stop text. */
export function createStopEmitter(stops: readonly string[], context: RunContext): StopEmitter {
  let state = NOTHING_HELD;
  let text = '';
  const emit = async (piece: string): Promise<void> => {
    text += piece;
    await deliver(context, piece);
  };
  return {
    async push(piece) {
      const step = splitAtStop(state, piece, stops);
      state = step;
      await emit(step.emit);
      return step.stopped;
    },
    async finish() {
      const { held } = state;
      state = NOTHING_HELD;
      await emit(held);
    },
    text: () => text,
  };
}
