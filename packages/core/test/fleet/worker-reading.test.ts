import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStats } from '../../src/fleet/worker-reading.ts';

describe("the manager's form", () => {
  it('is read whole', () => {
    const answer = {
      gpu: { utilization: 87.5, memory_used: 40.5, memory_total: 80, temperature: 65, power_usage: 300 },
      requests: { total: 1000, success: 980, failed: 20 },
      revenue: { ton: 65.3 },
    };
    expect(readStats(answer)).toEqual({
      gpus: [{ utilizationPercent: 87.5, memoryUsedGb: 40.5, temperatureCelsius: 65, powerWatts: 300 }],
      requests: 1000,
      failed: 20,
      failedPercent: 2,
      revenueParts: { worker: 65_300_000_000 },
      isEnabled: true,
    });
  });

  it('has earned no more than the books can hold', () => {
    expect(readStats({ revenue: { ton: 10_000_000_000 } })?.revenueParts).toEqual({ worker: Number.MAX_SAFE_INTEGER });
  });

  it('may have several graphics processors, or none', () => {
    expect(readStats({ gpus: [{ utilization: 1 }, { utilization: 2 }] })?.gpus).toHaveLength(2);
    expect(readStats({ gpu: null, requests: { total: 0 } })).toMatchObject({ gpus: [], failedPercent: 0 });
  });
});

describe("the Cocoon worker's own form", () => {
  const answer = {
    status: { wallet_balance: '5000000000', enabled: true },
    stats: {
      queries: [1000, 0, 1, 5, 40, 100, 900],
      success: [980, 0, 1, 5, 40, 90, 880],
      failed: [20, 0, 0, 0, 0, 10, 20],
      time: [500.5, 0, 0, 0, 0, 0, 0],
    },
    localconfig: { model: 'm', coefficient: 1000 },
    root_contract_config: { worker_fee_per_token: 20 },
    proxies: [
      { proxy_sc_address: 'EQa', earned_tokens_committed_to_blockchain: 10, earned_tokens_max_known: 1_000_000 },
      { earned_tokens_committed_to_blockchain: '5' },
    ],
  };

  it('counts revenue by proxy, in nanoTON', () => {
    expect(readStats(answer)).toEqual({
      gpus: [],
      requests: 1000,
      failed: 20,
      failedPercent: 10,
      busyMs: 500_500,
      revenueParts: { EQa: 20_000_000, 'proxy 1': 100 },
      feePerToken: 20,
      isEnabled: true,
    });
  });

  it('may be disabled', () => {
    expect(readStats({ ...answer, status: { enabled: false } })?.isEnabled).toBe(false);
  });
});

it('refuses whatever is neither, and never throws', () => {
  for (const answer of [undefined, null, 1, 'x', [], {}, { status: 'ok' }]) expect(readStats(answer)).toBeUndefined();
  const shapes = fc.record(
    {
      gpu: fc.anything(),
      requests: fc.anything(),
      revenue: fc.anything(),
      stats: fc.anything(),
      proxies: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(shapes, (answer) => {
      const figures = readStats(answer);
      for (const figure of [figures?.requests ?? 0, figures?.failed ?? 0]) expect(figure).toBeGreaterThanOrEqual(0);
    }),
  );
});
