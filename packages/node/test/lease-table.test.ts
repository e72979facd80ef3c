import type { TaskAssign } from '@plexus/protocol';
import { expect, test } from 'vitest';
import { LeaseTable } from '../src/lease-table.ts';

function task(id: number, service = 'echo'): TaskAssign {
  return { task_id: `t${id}`, task_type: service, content: '', params: {}, reward: 0, epoch: 1 };
}

test('no more leases are taken than a registration can name', () => {
  const table = new LeaseTable();
  for (let id = 0; id < 10_000; id++) table.open(task(id));
  expect(table.hasRoom('echo', 100_000)).toBe(false);
  const first = table.find('t0');
  if (first) table.end(first, 'over');
  expect(table.hasRoom('echo', 100_000)).toBe(true);
  expect(table.resume()).toHaveLength(9999);
});

test('answers are held up to 64 MiB, and their room comes back', () => {
  const table = new LeaseTable();
  const [first, second] = [table.open(task(1)), table.open(task(2))];
  for (const lease of [first, second]) table.settle(lease);
  const frame = 'x'.repeat(40 * 1024 * 1024);
  expect(table.hold(first, frame)).toBe(true);
  expect(table.hold(second, frame)).toBe(false);
  table.end(first, 'answered');
  expect(table.hold(second, frame)).toBe(true);
});

test('runs that were cancelled and do not end take up as many places again, and no more', () => {
  const table = new LeaseTable();
  const runs = [1, 2].map((id) => {
    const lease = table.open(task(id));
    table.end(lease, 'cancelled');
    return lease;
  });
  expect(table.active).toBe(0);
  expect(table.hasRoom('echo', 1)).toBe(false);
  for (const lease of runs) table.settle(lease);
  expect(table.hasRoom('echo', 1)).toBe(true);
  expect(table.active).toBe(0);
});

test("services do not take each other's places", () => {
  const table = new LeaseTable();
  table.open(task(1));
  expect(table.hasRoom('echo', 1)).toBe(false);
  expect(table.hasRoom('llm', 1)).toBe(true);
});
