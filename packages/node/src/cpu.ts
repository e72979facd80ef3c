import { cpus } from 'node:os';

interface Ticks {
  readonly idle: number;
  readonly total: number;
}

/** Measures how busy the machine was since the last call, 0 to 100. */
export function createCpuMeter(read: () => Ticks = readTicks): () => number {
  let last = read();
  return () => {
    const now = read();
    const total = now.total - last.total;
    const idle = now.idle - last.idle;
    last = now;
    return total > 0 ? Math.round(Math.min(100, Math.max(0, 100 * (1 - idle / total))) * 10) / 10 : 0;
  };
}

function readTicks(): Ticks {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}
