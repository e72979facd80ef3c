import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../src/embedding/tokenizer.ts';

const reserved = ['\ufffd', '<s>', '</s>', 'x1', 'x2', 'x3'].map((piece) => [piece, 0] as const);
const pieces = [
  ['\u2581', -2],
  ['\u2581ca', -3],
  ['t', -3],
  ['\u2581cat', -4],
  ['s', -3],
  ['ts', -9],
  ['\u{1f600}', -5],
] as const;
const tokenize = createTokenizer([...reserved, ...pieces]);
const id = (piece: string) => reserved.length + pieces.findIndex(([one]) => one === piece);

describe('the tokenizer of embeddings', () => {
  it('takes the likeliest pieces, not the longest', () => {
    expect(tokenize('cat')).toEqual([id('\u2581cat')]);
    expect(tokenize('cats')).toEqual([id('\u2581cat'), id('s')]);
  });

  it('has one token for unknown characters in a row, and whole ones for pairs of surrogates', () => {
    expect(tokenize('zz\u{1f600}')).toEqual([id('\u2581'), 0, id('\u{1f600}')]);
    expect(tokenize('')).toEqual([]);
  });
});
