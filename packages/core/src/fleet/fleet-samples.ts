import { nanoToTon } from '@plexus/protocol';
import { FLEET_ALERTS, type FleetAlert } from './fleet-alerts.ts';
import type { FleetWorker } from './fleet-worker.ts';
import { LATENCY_BUCKETS, type LatencyHistogram } from './latency-buckets.ts';
import type { GpuReading } from './worker-reading.ts';
import type { WorkerState, WorkerStatus } from './worker-state.ts';

/** A worker as the collector sees it now. */
export interface SeenWorker {
  readonly worker: FleetWorker;
  readonly state: WorkerState;
  readonly gpus: readonly GpuReading[];
  readonly latencies: LatencyHistogram;
  readonly alerts: readonly FleetAlert[];
}

/** One figure of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram's parts. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  /** Where it is not its metric's. */
  readonly unit?: string;
}

/** A metric of the fleet. Source: seed 001, "Prometheus Metrics"; contract/cocoon.md, "Prometheus". */
export interface FleetMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly unit: string;
  samplesOf(seen: SeenWorker): readonly Sample[];
}

const HEALTH: Readonly<Record<WorkerStatus, number>> = { healthy: 1, warning: 0.7, degraded: 0.5, down: 0 };

type Labels = Readonly<Record<string, string>>;

const named = ({ worker }: SeenWorker): Labels => ({ worker_id: String(worker.id), worker_name: worker.name });
const owned = (seen: SeenWorker): Labels => ({ ...named(seen), participant_id: String(seen.worker.participantId) });

function gpuMetric(
  name: string,
  about: { readonly help: string; readonly unit: string },
  figure: (gpu: GpuReading) => number | undefined,
): FleetMetric {
  const samplesOf = (seen: SeenWorker): readonly Sample[] =>
    seen.gpus.flatMap((gpu, at) => {
      const value = figure(gpu);
      return value === undefined ? [] : [{ labels: { ...named(seen), gpu_id: String(at) }, value }];
    });
  return { name, ...about, type: 'gauge', samplesOf };
}

function latencySamples(seen: SeenWorker): readonly Sample[] {
  const { counts, sumSeconds } = seen.latencies;
  const labels = named(seen);
  let count = 0;
  const buckets = [...LATENCY_BUCKETS.map(String), '+Inf'].map((le, at): Sample => {
    count += counts[at] ?? 0;
    return { labels: { ...labels, le }, value: count, suffix: '_bucket' };
  });
  const all = { labels, value: count, suffix: '_count', unit: 'requests' } as const;
  return [...buckets, { labels, value: sumSeconds, suffix: '_sum' }, all];
}

export const FLEET_METRICS: readonly FleetMetric[] = [
  {
    name: 'cocoon_worker_status',
    help: 'Worker health: healthy 1, warning 0.7, degraded 0.5, down 0.',
    type: 'gauge',
    unit: 'status',
    samplesOf: (seen) => [
      { labels: { ...owned(seen), instance: String(seen.worker.instanceNumber) }, value: HEALTH[seen.state.status] },
    ],
  },
  gpuMetric(
    'cocoon_gpu_utilization',
    { help: 'GPU utilization in percent.', unit: 'percent' },
    (gpu) => gpu.utilizationPercent,
  ),
  gpuMetric('cocoon_gpu_memory_used_gb', { help: 'GPU memory used in GB.', unit: 'gb' }, (gpu) => gpu.memoryUsedGb),
  gpuMetric(
    'cocoon_gpu_temperature_celsius',
    { help: 'GPU temperature in degrees Celsius.', unit: 'celsius' },
    (gpu) => gpu.temperatureCelsius,
  ),
  {
    name: 'cocoon_revenue_ton',
    help: 'Revenue in TON, as the worker says it.',
    type: 'gauge',
    unit: 'ton',
    samplesOf: (seen) =>
      seen.state.revenueSaid === undefined
        ? []
        : [{ labels: owned(seen), value: nanoToTon(BigInt(seen.state.revenueSaid)) }],
  },
  {
    name: 'cocoon_inference_requests_total',
    help: 'Inference requests that the worker has answered or failed.',
    type: 'counter',
    unit: 'requests',
    samplesOf: (seen) => [{ labels: named(seen), value: seen.state.requests.total }],
  },
  {
    name: 'cocoon_inference_requests_failed_total',
    help: 'Inference requests that the worker has failed.',
    type: 'counter',
    unit: 'requests',
    samplesOf: (seen) => [{ labels: named(seen), value: seen.state.failed.total }],
  },
  {
    name: 'cocoon_worker_errors_total',
    help: 'Times that asking the worker failed, by why.',
    type: 'counter',
    unit: 'errors',
    samplesOf: (seen) =>
      Object.entries(seen.state.errors).map(([type, value]) => ({
        labels: { ...named(seen), error_type: type },
        value,
      })),
  },
  {
    name: 'cocoon_inference_latency_seconds',
    help: 'How long inference requests took; means of the time between two polls.',
    type: 'histogram',
    unit: 'seconds',
    samplesOf: latencySamples,
  },
  {
    name: 'cocoon_worker_alert',
    help: 'Whether somebody should look at the worker: unseen, hot, or idle for an hour.',
    type: 'gauge',
    unit: 'alert',
    samplesOf: (seen) =>
      FLEET_ALERTS.map((alert) => ({ labels: { ...named(seen), alert }, value: Number(seen.alerts.includes(alert)) })),
  },
];
