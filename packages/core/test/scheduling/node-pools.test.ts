import { expect, test } from 'vitest';
import type { LiveNode } from '../../src/nodes/live-node.ts';
import { NodePools } from '../../src/scheduling/node-pools.ts';

// Pools look at nothing of a node.
const node = (id: string) => ({ record: { id } }) as unknown as LiveNode;

test('nodes that come and go with ever new names leave nothing behind', () => {
  const pools = new NodePools();
  const stays = node('stays');
  pools.add('echo', stays);
  for (let i = 0; i < 1000; i++) {
    const passing = node(`passing ${i}`);
    for (const tag of ['echo', `llm model m${i}`]) pools.add(tag, passing);
    for (const tag of ['echo', `llm model m${i}`]) pools.remove(tag, passing);
  }
  expect(pools.size).toBe(1);
  expect(pools.nodes('echo')).toEqual([stays]);
  expect(pools.nodes('llm model m0')).toEqual([]);
});

test('a node is in a pool once, and taking out what is not there changes nothing', () => {
  const pools = new NodePools();
  const [a, b, c] = ['a', 'b', 'c'].map(node) as [LiveNode, LiveNode, LiveNode];
  for (const one of [a, b, b, c]) pools.add('echo', one);
  expect(pools.nodes('echo')).toEqual([a, b, c]);
  pools.remove('echo', a);
  pools.remove('echo', a);
  pools.remove('llm', b);
  expect([...pools.nodes('echo')].toSorted((x, y) => (x.record.id < y.record.id ? -1 : 1))).toEqual([b, c]);
});
