import type { GpuReading } from './worker-reading.ts';
import type { WorkerState } from './worker-state.ts';

/** What somebody should look at. */
export type FleetAlert = 'unseen' | 'hot' | 'idle';

export const FLEET_ALERTS: readonly FleetAlert[] = ['unseen', 'hot', 'idle'];

const HOT_CELSIUS = 85;
/** A worker that answers but has had nothing to do for so long. */
const IDLE_MS = 3_600_000;

/** What a worker's alerts are told by. */
export interface WatchedState {
  readonly state: WorkerState;
  readonly gpus: readonly GpuReading[];
  /** When it last had a request, as far as that was seen. */
  readonly busyAt: Date;
}

export function alertsOf({ state, gpus, busyAt }: WatchedState, now: Date): readonly FleetAlert[] {
  if (state.status === 'down') return ['unseen'];
  const isHot = gpus.some(({ temperatureCelsius = 0 }) => temperatureCelsius > HOT_CELSIUS);
  const isIdle = now.getTime() - busyAt.getTime() >= IDLE_MS;
  return [...(isHot ? (['hot'] as const) : []), ...(isIdle ? (['idle'] as const) : [])];
}
