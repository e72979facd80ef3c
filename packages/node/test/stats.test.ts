import { expect, it } from 'vitest';
import { createNodeStats } from '../src/stats/node-stats.ts';
import { readGpuFigures } from '../src/stats/machine-figures.ts';

const tally = async () => ({ completed: 7, failed: 2, seconds: 1.5 });

it("reads what NVIDIA's driver prints", () => {
  const text = '87, 20480, 24564, 65, 310.5\n[N/A], 1024, 24564, [N/A], [Not Supported]\n\n';
  expect(readGpuFigures(text)).toEqual([
    { utilization: 87, memory_used: 20, memory_total: 23.988, temperature: 65, power_usage: 310.5 },
    { memory_used: 1, memory_total: 23.988 },
  ]);
  expect(readGpuFigures('NVIDIA-SMI has failed')).toEqual([]);
});

it("says what the manager's form has, measured anew after 2 s", async () => {
  let time = 0;
  let measured = 0;
  const gpus = async () => {
    measured += 1;
    return [{ utilization: measured }];
  };
  const stats = createNodeStats({ metrics: { tally }, isEnabled: () => true, gpus, now: () => time });
  expect(await stats()).toMatchObject({
    enabled: true,
    gpu: { utilization: 1 },
    requests: { total: 9, success: 7, failed: 2 },
    latency: { total_ms: 1500 },
    revenue: { ton: 0 },
  });
  time = 1999;
  expect((await stats()).gpu).toEqual({ utilization: 1 });
  time = 2000;
  expect((await stats()).gpu).toEqual({ utilization: 2 });
});

it('has no graphics processor where the machine has none', async () => {
  const stats = await createNodeStats({ metrics: { tally }, isEnabled: () => true, gpus: async () => [] })();
  expect('gpu' in stats).toBe(false);
  expect(stats.host.memory_total).toBeGreaterThan(0);
});
