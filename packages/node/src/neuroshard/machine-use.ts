import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { createCpuMeter } from '../cpu.ts';
import { askDriver, gpuLines } from '../graphics-driver.ts';

/** The driver is asked again after this long, whoever wants to know. */
const FRESH_MS = 5000;
const KIB = 1024;
const MIB = 1024 ** 2;

interface GpuUse {
  /** `none` without a graphics processor of NVIDIA, `error` when its driver does not answer. */
  readonly state: 'ok' | 'none' | 'error';
  readonly usedBytes: number;
  readonly totalBytes: number;
}

/** How busy the machine is, measured when it is asked. */
export interface MachineUse {
  cpuPercent(): number;
  ramUsedBytes(): number;
  gpu(): Promise<GpuUse>;
}

/** @param hasGpu whether one was found when the node was started */
export function createMachineUse(hasGpu: boolean): MachineUse {
  const cpuPercent = createCpuMeter();
  let gpu: { readonly until: number; readonly use: Promise<GpuUse> } | undefined;
  return {
    cpuPercent,
    ramUsedBytes,
    gpu() {
      if (!hasGpu) return Promise.resolve(NO_GPU);
      if (!gpu || gpu.until <= performance.now()) gpu = { until: performance.now() + FRESH_MS, use: measureGpus() };
      return gpu.use;
    },
  };
}

const NO_GPU: GpuUse = { state: 'none', usedBytes: 0, totalBytes: 0 };

/** What programs could not have: Linux counts its caches as free, which os.freemem does not. Source: proc(5), "MemAvailable". */
export function ramUsedBytes(): number {
  try {
    const available = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (available !== undefined) return Math.max(0, totalmem() - Number(available) * KIB);
  } catch {
    // Another system.
  }
  return totalmem() - freemem();
}

async function measureGpus(): Promise<GpuUse> {
  try {
    const rows = gpuLines(await askDriver('memory.used,memory.total'));
    const sum = (column: number) => rows.reduce((total, row) => total + Number(row.split(',')[column]) * MIB, 0);
    return { state: 'ok', usedBytes: sum(0), totalBytes: sum(1) };
  } catch {
    return { state: 'error', usedBytes: 0, totalBytes: 0 };
  }
}
