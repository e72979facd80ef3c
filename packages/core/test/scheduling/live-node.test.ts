import { expect, test } from 'vitest';
import { type LiveNode, noteRunTime, servicesOf } from '../../src/nodes/live-node.ts';

const run = { milliseconds: 10, units: 1 };

test('a node that offers ever new services leaves no run times of the old ones behind', () => {
  // Nothing else of a node is looked at.
  const node = { services: new Map(), leases: new Map() } as unknown as LiveNode;
  for (let i = 0; i < 100; i++) {
    node.services = servicesOf([`service-${i}`], undefined, node);
    noteRunTime(node, `service-${i}`, run);
    noteRunTime(node, `service-${i - 1}`, run);
  }
  expect([...node.services.values()].map(({ id, meanMs }) => [id, meanMs])).toEqual([['service-99', 10]]);
});

test('a service that is offered anew keeps its run times and what runs of it', () => {
  const leases = new Map(['a', 'b', 'c'].map((jobId) => [jobId, 'echo']));
  const node = { services: servicesOf(['echo', 'llm'], undefined), leases } as unknown as LiveNode;
  noteRunTime(node, 'echo', run);
  noteRunTime(node, 'echo', { milliseconds: 20, units: 1 });
  const offers = [
    { id: 'echo', concurrency: 20, models: ['new'] },
    { id: 'translate', concurrency: 1 },
  ];
  const services = servicesOf([], offers, node);
  expect(services.get('echo')).toMatchObject({ concurrency: 20, models: ['new'], active: 3, meanMs: 12 });
  expect(services.get('echo')?.meanUnitsPerSecond).toBeCloseTo(90);
  expect(services.get('translate')).toMatchObject({ active: 0, meanMs: undefined });
  expect(services.has('llm')).toBe(false);
});

test('what runs of a service that is not offered for a while counts when it is offered again', () => {
  const leases = new Map([['job', 'llm']]);
  const node = { services: servicesOf(['llm'], undefined), leases } as unknown as LiveNode;
  node.services = servicesOf([], undefined, node);
  expect(servicesOf(['llm'], undefined, node).get('llm')?.active).toBe(1);
});
