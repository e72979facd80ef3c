import { cpus } from 'node:os';

interface Ticks {
  readonly idle: number;
  readonly total: number;
}

/** What is shorter holds too few of the kernel's ticks of 10 ms; milliseconds of one processor. */
const SHORTEST_MS = 200;

/** Measures how busy the machine was since it was last measured, 0 to 100; who asks sooner is told that once more. */
export function createCpuMeter(read: () => Ticks = readTicks): () => number {
  let last = read();
  let percent = 0;
  return () => {
    const now = read();
    const total = now.total - last.total;
    if (total < SHORTEST_MS) return percent;
    const idle = now.idle - last.idle;
    last = now;
    percent = Math.round(Math.min(100, Math.max(0, 100 * (1 - idle / total))) * 10) / 10;
    return percent;
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
