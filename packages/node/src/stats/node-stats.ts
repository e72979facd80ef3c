import type { NodeMetrics } from '../metrics.ts';
import type { Inventory } from './inventory.ts';
import { createMachineMeter, type GpuFigures, type MachineFigures, measureGpus } from './machine-figures.ts';

/** However many ask, the machine is measured this often. */
const FRESH_MS = 2000;

/** What a node says of itself at `/jsonstats`. Source: contract/cocoon.md, "Where worker numbers come from", form 1. */
export interface NodeStats {
  readonly enabled: boolean;
  /** Absent where there is no graphics processor; of several, all are in `gpus`. */
  readonly gpu?: GpuFigures;
  readonly gpus?: readonly GpuFigures[];
  readonly requests: { readonly total: number; readonly success: number; readonly failed: number };
  readonly latency: { readonly total_ms: number };
  /** A node is paid in credits, none of it in TON. */
  readonly revenue: { readonly ton: number };
  readonly host: MachineFigures;
  /** What it is made of; absent until that was looked at. */
  readonly machine?: Inventory;
}

export interface NodeStatsDeps {
  readonly metrics: Pick<NodeMetrics, 'tally'>;
  readonly isEnabled: () => boolean;
  readonly machine?: () => Inventory | undefined;
  readonly gpus?: () => Promise<readonly GpuFigures[]>;
  readonly now?: () => number;
}

/** Measures a node, at most every 2 s. */
export function createNodeStats(deps: NodeStatsDeps): () => Promise<NodeStats> {
  const { metrics, isEnabled, gpus: measure = measureGpus, now = () => performance.now() } = deps;
  const machine = createMachineMeter();
  let latest: { readonly atMs: number; readonly stats: Promise<NodeStats> } | undefined;

  async function take(): Promise<NodeStats> {
    const [gpus, host, { completed, failed, seconds }] = await Promise.all([measure(), machine(), metrics.tally()]);
    const [gpu] = gpus;
    const inventory = deps.machine?.();
    return {
      enabled: isEnabled(),
      ...(gpu && { gpu }),
      ...(gpus.length > 1 && { gpus }),
      requests: { total: completed + failed, success: completed, failed },
      latency: { total_ms: Math.round(seconds * 1000) },
      revenue: { ton: 0 },
      host,
      ...(inventory && { machine: inventory }),
    };
  }

  return () => {
    const atMs = now();
    if (!latest || atMs - latest.atMs >= FRESH_MS) latest = { atMs, stats: take() };
    return latest.stats;
  };
}
