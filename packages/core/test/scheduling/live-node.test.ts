import { expect, test } from 'vitest';
import { forgetMeans, type LiveNode, noteRunTime } from '../../src/nodes/live-node.ts';

test('a node that offers ever new services leaves no run times of the old ones behind', () => {
  // Nothing else of a node is looked at.
  const node = { services: new Map(), meanMs: new Map(), meanUnitsPerSecond: new Map() } as unknown as LiveNode;
  for (let i = 0; i < 100; i++) {
    node.services = new Map([[`service-${i}`, { id: `service-${i}` }]]) as unknown as LiveNode['services'];
    noteRunTime(node, `service-${i}`, { milliseconds: 10, units: 1 });
    forgetMeans(node);
  }
  expect([...node.meanMs.keys()]).toEqual(['service-99']);
  expect([...node.meanUnitsPerSecond.keys()]).toEqual(['service-99']);
});
