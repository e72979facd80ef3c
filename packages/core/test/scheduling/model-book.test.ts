import { expect, test } from 'vitest';
import type { LiveNode } from '../../src/nodes/live-node.ts';
import { ModelBook } from '../../src/scheduling/model-book.ts';

function node(models: readonly string[], features: readonly string[]): LiveNode {
  const slots = { id: 'llm', concurrency: 1, models, weights: {}, features, active: 0 };
  // The book looks at services only.
  return { services: new Map([['llm', slots]]) } as unknown as LiveNode;
}

test('models come and go with the nodes that serve them', () => {
  const book = new ModelBook();
  const [first, second] = [node(['a', 'b'], ['chat']), node(['b'], ['json_schema'])];
  book.add(first);
  book.add(second);
  expect(book.list()).toEqual([
    { id: 'a', service: 'llm', nodes: 1, features: ['chat'] },
    { id: 'b', service: 'llm', nodes: 2, features: ['chat', 'json_schema'] },
  ]);
  book.remove(first);
  expect(book.list()).toEqual([{ id: 'b', service: 'llm', nodes: 1, features: ['json_schema'] }]);
  book.remove(second);
  expect(book.list()).toEqual([]);
});

test('a model can do what one of its nodes can, not what several can together', () => {
  const book = new ModelBook();
  book.add(node(['a'], ['chat']));
  book.add(node(['a'], ['json_schema']));
  expect(book.can('llm', 'a', [])).toBe(true);
  expect(book.can('llm', 'a', ['chat'])).toBe(true);
  expect(book.can('llm', 'a', ['chat', 'json_schema'])).toBe(false);
  expect(book.can('llm', 'b', [])).toBe(false);
});

test('a model whose last node has left is known for ten minutes as one that may come back', () => {
  let now = 0;
  const book = new ModelBook(() => now);
  const nodes = [node(['a'], []), node(['a'], [])];
  for (const one of nodes) book.add(one);
  book.remove(node(['a'], []));
  expect(book.isLost('llm', 'a')).toBe(false);
  book.remove(node(['a'], []));
  now = 600_000;
  expect(book.isLost('llm', 'a')).toBe(true);
  expect(book.isLost('llm', 'b')).toBe(false);
  expect(book.isLost('embedding', 'a')).toBe(false);
  now += 1;
  expect(book.isLost('llm', 'a')).toBe(false);
  book.add(node(['a'], []));
  expect(book.isLost('llm', 'a')).toBe(false);
});

test('no more than a thousand models are known to be gone', () => {
  const book = new ModelBook();
  const names = Array.from({ length: 1001 }, (_, at) => `m${at}`);
  book.add(node(names, []));
  book.remove(node(names, []));
  expect(names.filter((name) => !book.isLost('llm', name))).toEqual(['m0']);
});
