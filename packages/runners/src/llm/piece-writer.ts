import { deliver } from '../interruption.ts';
import { type Piece, RunError, type RunContext } from '../runner.ts';
import { createTokenLine, type TokenText } from './token-line.ts';

export interface PieceWriterOptions {
  readonly stops: readonly string[];
  readonly context: RunContext;
  /** For the first piece by which it is known. */
  readonly promptTokens: () => number | undefined;
}

export interface PieceWriter {
  /**
   * Takes in again what another run delivered; true when that ended in a stop text.
   *
   * @throws {RunError} ENGINE_FAILED when the tokens are not those of the text
   */
  replay(units: readonly TokenText[], deliveredText: string): boolean;
  /** Hands on what is sure to be before a stop text; true once a stop text was met. */
  push(unit: TokenText): Promise<boolean>;
  /**
   * Hands on what was held back; to be called when no more comes. Where the pieces stand for fewer tokens
   * than there were in all, the last one stands for the rest too, and it says the prompt's where none has.
   */
  finish(allTokens?: number): Promise<void>;
  /** All that was handed on, what was replayed too. */
  text(): string;
  tokens(): number;
}

/** Streams text up to the first stop text, in pieces that end where tokens end and have text but for the last. */
export function createPieceWriter({ stops, context, promptTokens }: PieceWriterOptions): PieceWriter {
  const line = createTokenLine(stops);
  let delivered = 0;
  let tokens = 0;
  let hasPrompt = false;

  async function handOn({ units, end }: ReturnType<typeof line.all>, allTokens?: number): Promise<void> {
    const made = Math.max(sumOf(units), (allTokens ?? 0) - tokens);
    const text = line.text().slice(delivered, end);
    const prompt = hasPrompt ? undefined : promptTokens();
    const isPromptDue = allTokens !== undefined && prompt !== undefined;
    if (text === '' && made === 0 && !isPromptDue) return;
    delivered = Math.max(delivered, end);
    tokens += made;
    hasPrompt ||= prompt !== undefined;
    const piece: { -readonly [K in keyof Piece]: Piece[K] } = { text, tokens: made };
    const ids = idsOf(units);
    if (ids.length > 0) piece.tokenIds = ids;
    if (prompt !== undefined) piece.promptTokens = prompt;
    await deliver(context, piece);
  }

  return {
    replay(units, deliveredText) {
      for (const unit of units) line.take(unit);
      const text = line.text();
      const isWhole = text.startsWith(deliveredText) && (line.isStopped() || text.length === deliveredText.length);
      if (!isWhole) throw new RunError('ENGINE_FAILED', 'The answer to go on with is not of these weights');
      delivered = deliveredText.length;
      tokens = sumOf(line.all().units);
      return line.isStopped();
    },
    async push(unit) {
      const isStopped = line.take(unit);
      await handOn(isStopped ? line.all() : line.sure());
      return isStopped;
    },
    finish: (allTokens) => handOn(line.all(), allTokens),
    text: () => line.text().slice(0, delivered),
    tokens: () => tokens,
  };
}

/** Mostly those of one token. */
function idsOf(units: readonly TokenText[]): readonly number[] {
  const [first, ...others] = units;
  const ids = first?.tokenIds ?? [];
  return others.length === 0 ? ids : [...ids, ...others.flatMap(({ tokenIds = [] }) => tokenIds)];
}

function sumOf(units: readonly TokenText[]): number {
  return units.reduce((sum, unit) => sum + unit.tokens, 0);
}
