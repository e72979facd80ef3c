import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { inventoryOf } from '../src/stats/inventory.ts';
import { createNodeStats } from '../src/stats/node-stats.ts';
import { createInventoryBook, takeInventory } from '../src/stats/take-inventory.ts';

const isBuilt = existsSync(join(import.meta.dirname, '../dist/stats/inventory-program.js'));
const FOUND = {
  cpu: { manufacturer: 'Apple', brand: 'M2 Pro', physicalCores: 10, cores: 10 },
  memoryBytes: 34_359_738_368,
  controllers: [{ vendor: 'Apple', model: 'Apple M2 Pro', vram: null }],
  system: { manufacturer: 'Apple Inc.', model: 'Mac14,10', virtual: false, serial: 'C02XXXX', uuid: 'f00' },
  os: { distro: 'macOS', release: '14.5', arch: 'arm64', hostname: 'anna', serial: 's' },
};
const MACHINE = {
  cpu: { model: 'Apple M2 Pro', cores: 10, threads: 10 },
  memory_total: 32,
  gpus: [{ vendor: 'Apple', model: 'Apple M2 Pro' }],
  system: { manufacturer: 'Apple Inc.', model: 'Mac14,10', virtual: false },
  os: { name: 'macOS', release: '14.5', arch: 'arm64' },
};

it('says what a machine is made of, and nothing of whose it is', () => {
  expect(inventoryOf(FOUND)).toEqual(MACHINE);
});

it('leaves out what a machine does not say', () => {
  const silent = {
    cpu: { manufacturer: '', brand: ' ', physicalCores: 0, cores: Number.NaN },
    memoryBytes: 2 ** 30,
    controllers: [{ vendor: 'NVIDIA', model: '', vram: 24_564 }],
    system: { manufacturer: '', model: 'Docker Container' },
    os: { distro: '', release: '', arch: 'x64' },
  };
  expect(inventoryOf(silent)).toEqual({
    cpu: {},
    memory_total: 1,
    gpus: [{ vendor: 'NVIDIA', memory_total: 23.988 }],
    system: { model: 'Docker Container', virtual: false },
    os: { arch: 'x64' },
  });
});

it.skipIf(!isBuilt)('finds this machine', async () => {
  const { cpu, memory_total: memory } = await takeInventory(new AbortController().signal);
  expect(cpu.threads).toBe(cpus().length);
  expect(memory).toBeCloseTo(totalmem() / 2 ** 30, 2);
});

it('is looked at once, after the start, and then in what the node says', async () => {
  const take = vi.fn(async () => MACHINE);
  const book = createInventoryBook({ logger: { info: vi.fn() }, take, startAfterMs: 0 });
  const metrics = { tally: async () => ({ completed: 0, failed: 0, seconds: 0 }) };
  let time = 0;
  const deps = { metrics, isEnabled: () => true, gpus: async () => [], now: () => time, machine: book.find };
  const stats = createNodeStats(deps);
  expect('machine' in (await stats())).toBe(false);
  book.start();
  book.start();
  await vi.waitFor(() => expect(book.find()).toEqual(MACHINE));
  time = 9000;
  expect((await stats()).machine).toEqual(MACHINE);
  expect(take).toHaveBeenCalledTimes(1);
});

it('is given up when the node ends, and its failure hurts nobody', async () => {
  const info = vi.fn();
  let given: AbortSignal | undefined;
  const waiting = createInventoryBook({
    logger: { info },
    take: (signal) =>
      new Promise((_, reject) => (given = signal).addEventListener('abort', () => reject(signal.reason))),
    startAfterMs: 0,
  });
  waiting.start();
  await vi.waitFor(() => expect(given).toBeDefined());
  waiting.close();
  expect(given?.aborted).toBe(true);
  const failing = createInventoryBook({
    logger: { info },
    take: async () => Promise.reject(new Error('hangs')),
    startAfterMs: 0,
  });
  failing.start();
  await vi.waitFor(() => expect(info).toHaveBeenCalledTimes(1));
  expect(failing.find()).toBeUndefined();
});
