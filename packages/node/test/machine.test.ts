import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { examineMachine, readGpus } from '../src/machine.ts';
import { coordinator, startNode } from './setup.ts';

const MIB = 1024 ** 2;

test('a machine has at least one processor and some memory, and nothing that its control group forbids', async () => {
  const { cpu_millis, memory_bytes } = await examineMachine();
  expect(cpu_millis).toBeGreaterThanOrEqual(1000);
  expect(memory_bytes).toBeGreaterThan(64 * MIB);
  const allowed = process.constrainedMemory();
  if (allowed > 0) expect(memory_bytes).toBeLessThanOrEqual(allowed);
});

test.skipIf(process.platform === 'win32')('graphics processors are those that their driver names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plexus-smi-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = join(folder, 'nvidia-smi');
  await writeFile(program, '#!/bin/sh\necho "NVIDIA GeForce RTX 4090, 24564"\necho "Tesla, A, 16384"\n');
  await chmod(program, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { gpus } = await examineMachine();
  expect(gpus).toEqual([
    { name: 'NVIDIA GeForce RTX 4090', memory_bytes: 24_564 * MIB },
    { name: 'Tesla, A', memory_bytes: 16_384 * MIB },
  ]);
});

test('a driver that says something else counts for no memory, and one that fails for nothing', () => {
  expect(readGpus('RTX, [N/A]\n\nno devices were found\n')).toEqual([{ name: 'RTX', memory_bytes: 0 }]);
});

test('a node tells its coordinator what its machine has', async () => {
  const hub = await coordinator();
  await startNode(hub.url);
  const { register } = await (await hub.peers.next()).welcome();
  const { cpu_millis, memory_bytes, gpus } = await examineMachine();
  expect(register).toMatchObject({ protocol: { resources: { cpu_millis, memory_bytes, gpus } } });
});
