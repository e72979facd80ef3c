import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ServingMeter } from '../src/neuroshard/serving-meter.ts';
import { openSettings } from '../src/neuroshard/settings.ts';
import { healthView, type ShardParts } from '../src/neuroshard/views.ts';

const GIB = 1024 ** 3;

test('latencies are told by their mean and by what one in a hundred exceeds, within 5 %', () => {
  const meter = new ServingMeter(() => 0);
  expect(meter.figures()).toEqual({ requests: 0, requestsPerMinute: 0, averageMs: 0, p99Ms: 0, tokens: 0 });
  for (let ms = 1; ms <= 1000; ms++) meter.note(ms, 2);
  const { p99Ms, ...rest } = meter.figures();
  expect(rest).toEqual({ requests: 1000, requestsPerMinute: 1000, averageMs: 500.5, tokens: 2000 });
  expect(p99Ms).toBeGreaterThanOrEqual(990);
  expect(p99Ms).toBeLessThan(990 * 1.05);
});

test('of few requests the longest is what one in a hundred exceeds', () => {
  const meter = new ServingMeter(() => 0);
  meter.note(70.4, 1);
  expect(meter.figures()).toMatchObject({ averageMs: 70.4, p99Ms: 70.4 });
  meter.note(2, 1);
  expect(meter.figures().p99Ms).toBe(70.4);
});

test('requests of the last minute are the rate', () => {
  let now = 0;
  const meter = new ServingMeter(() => now);
  for (const at of [0, 30_000, 70_000]) {
    now = at;
    meter.note(1, 0);
  }
  expect(meter.figures()).toMatchObject({ requests: 3, requestsPerMinute: 2 });
});

test('others may have all of the machine but for what is set, and never more than there is', async () => {
  const home = mkdtempSync(join(tmpdir(), 'plexus-settings-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const book = await openSettings(home, { cpu_millis: 4000, memory_bytes: 2 * GIB }, () => undefined);
  const left = () => [book.share.cpuMillis(), book.share.memoryBytes()];
  expect(left()).toEqual([4000, 2 * GIB]);
  book.change({ resources: { cpu_threads: 1, max_memory_gb: 0.5 } });
  expect(left()).toEqual([1000, GIB / 2]);
  book.change({ resources: { cpu_threads: 64, max_memory_gb: 64 } });
  expect(left()).toEqual([4000, 2 * GIB]);
});

test('settings outlive a restart, and a file that is none is not passed over', async () => {
  const home = mkdtempSync(join(tmpdir(), 'plexus-settings-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  let changes = 0;
  const machine = { cpu_millis: 4000, memory_bytes: 2 * GIB };
  const open = () => openSettings(home, machine, () => void changes++);
  const book = await open();
  expect(book.current.resources.max_memory_gb).toBe(2);
  const training = ['training.batch_size'];
  const change = book.change({ training: { batch_size: 16 } });
  expect(change).toEqual({ updated: training, afterRestart: [], withoutEffect: training });
  expect(book.change({ resources: { cpu_threads: 3 } }).afterRestart).toEqual(['resources.cpu_threads']);
  // It has not been restarted, however often it is told.
  expect(book.change({ resources: { cpu_threads: 3 } }).afterRestart).toEqual(['resources.cpu_threads']);
  expect(changes).toBe(3);
  const restarted = await open();
  expect(restarted.change({ resources: { cpu_threads: 3 } }).afterRestart).toEqual([]);
  const { current } = restarted;
  expect(current.training).toMatchObject({ batch_size: 16, diloco_steps: 500 });
  expect(current.resources.cpu_threads).toBe(3);
  const { share } = await open();
  expect([share.cpuMillis(), share.memoryBytes()]).toEqual([3000, 2 * GIB]);
  writeFileSync(join(home, 'config.json'), '\ufeff{"training":{"batch_size":4}}');
  expect((await open()).current.training.batch_size).toBe(4);
  writeFileSync(join(home, 'config.json'), '{"training":{"batch_size":"many"}}');
  await expect(open()).rejects.toThrow('is not a node');
});

test.skipIf(process.platform !== 'linux')(
  'a node whose disk is full or missing is not well, and says what it is',
  async () => {
    const parts = (home: string) => ({
      home,
      link: () => ({ state: { isConnected: true } }),
      use: { gpu: async () => ({ state: 'none', usedBytes: 0, totalBytes: 0 }) },
      peers: () => undefined,
    });
    const healthAt = async (home: string) => await healthView(parts(home) as unknown as ShardParts);
    const well = { gpu: 'none', network: 'ok', storage: 'ok', peers: 'none' };
    expect(await healthAt(tmpdir())).toEqual({ healthy: true, checks: well });
    // Nothing is ever free there.
    for (const home of ['/proc', '/nowhere']) {
      expect(await healthAt(home), home).toEqual({ healthy: false, checks: { ...well, storage: 'error' } });
    }
  },
);
