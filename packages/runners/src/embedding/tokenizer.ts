/** A part of a word with its log-probability, as SentencePiece trained it. */
export type Vocabulary = readonly (readonly [piece: string, score: number])[];

interface TrieNode {
  readonly next: Map<string, TrieNode>;
  /** Of the piece that ends here, if one does. */
  id?: number;
}

const SEPARATOR = '\u2581';
/** The first ids stand for unknown text and for control; they are no pieces. */
const RESERVED = 6;
const UNKNOWN = 0;

/**
 * Cuts texts into the pieces whose probabilities multiply to the most (a unigram model, Viterbi's
 * algorithm), exactly as Universal Sentence Encoder lite was made to be used, its treatment of ties and
 * of unknown characters included.
 *
 * @see https://github.com/tensorflow/tfjs-models/blob/master/universal-sentence-encoder/src/tokenizer/index.ts
 */
export function createTokenizer(vocabulary: Vocabulary): (text: string) => readonly number[] {
  const root = trieOf(vocabulary);
  const lengths = vocabulary.map(([piece]) => Array.from(piece).length);
  return (text) => {
    const symbols = Array.from(prepare(text));
    const ids = bestEndings(symbols, root, vocabulary);
    const tokens: number[] = [];
    for (let end = symbols.length; end > 0; end -= lengths[ids[end] ?? UNKNOWN] ?? 1) tokens.push(ids[end] ?? UNKNOWN);
    return joinUnknown(tokens.toReversed());
  };
}

function prepare(text: string): string {
  const normalized = text.normalize('NFKC');
  return normalized === '' ? '' : SEPARATOR + normalized.replaceAll(' ', SEPARATOR);
}

function trieOf(vocabulary: Vocabulary): TrieNode {
  const root: TrieNode = { next: new Map() };
  for (const [id, [piece]] of vocabulary.entries()) {
    if (id < RESERVED) continue;
    let node = root;
    for (const symbol of piece) {
      const next = node.next.get(symbol) ?? { next: new Map<string, TrieNode>() };
      node.next.set(symbol, next);
      node = next;
    }
    node.id = id;
  }
  return root;
}

/** For each position, the piece that ends there on the best way to it. */
function bestEndings(symbols: readonly string[], root: TrieNode, vocabulary: Vocabulary): Int32Array {
  const ids = new Int32Array(symbols.length + 1);
  const scores = new Float64Array(symbols.length + 1);
  const offer = (start: number, end: number, id: number): void => {
    const score = (vocabulary[id]?.[1] ?? 0) + (scores[start] ?? 0);
    if (scores[end] !== 0 && score < (scores[end] ?? 0)) return;
    scores[end] = score;
    ids[end] = id;
  };
  for (let start = 0; start < symbols.length; start++) {
    let node = root.next.get(symbols[start] ?? '');
    let isKnown = false;
    for (let end = start + 1; node; end++) {
      if (node.id !== undefined) offer(start, end, node.id);
      isKnown ||= node.id !== undefined;
      node = node.next.get(symbols[end] ?? '');
    }
    if (!isKnown) offer(start, start + 1, UNKNOWN);
  }
  return ids;
}

function joinUnknown(tokens: readonly number[]): readonly number[] {
  return tokens.filter((token, i) => token !== UNKNOWN || tokens[i - 1] !== UNKNOWN);
}
