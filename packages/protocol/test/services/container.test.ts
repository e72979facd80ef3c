import { expect, it } from 'vitest';
import { containerSteps, MAX_ANSWER_DEPTH } from '../../src/index.ts';

it('reads no steps that are nested so deeply that nobody could be told of them', () => {
  const nested = (levels: number) => `[{"container":"a","output":${'['.repeat(levels)}${']'.repeat(levels)}}]`;
  expect(containerSteps(nested(MAX_ANSWER_DEPTH))).toHaveLength(1);
  expect(containerSteps(nested(MAX_ANSWER_DEPTH + 1))).toEqual([]);
});
