import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { createCpuMeter } from '../cpu.ts';

/** A driver that does not answer by then counts as broken. */
const DRIVER_TIMEOUT_MS = 5000;
/** The driver is asked again after this long, whoever wants to know. */
const FRESH_MS = 5000;
const KIB = 1024;
const MIB = 1024 ** 2;
/** Source: nvidia-smi --help-query-gpu. */
const QUERY = ['--query-gpu=memory.used,memory.total', '--format=csv,noheader,nounits'];

const run = promisify(execFile);

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
      if (!gpu || gpu.until <= performance.now()) gpu = { until: performance.now() + FRESH_MS, use: askDriver() };
      return gpu.use;
    },
  };
}

const NO_GPU: GpuUse = { state: 'none', usedBytes: 0, totalBytes: 0 };

/** What programs could not have: Linux counts its caches as free, which os.freemem does not. */
export function ramUsedBytes(): number {
  try {
    const available = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (available !== undefined) return Math.max(0, totalmem() - Number(available) * KIB);
  } catch {
    // Another system.
  }
  return totalmem() - freemem();
}

async function askDriver(): Promise<GpuUse> {
  try {
    const { stdout } = await run('nvidia-smi', QUERY, { timeout: DRIVER_TIMEOUT_MS });
    const rows = stdout.split('\n').filter((line) => line.includes(','));
    const sum = (column: number) => rows.reduce((total, row) => total + Number(row.split(',')[column]) * MIB, 0);
    return { state: 'ok', usedBytes: sum(0), totalBytes: sum(1) };
  } catch {
    return { state: 'error', usedBytes: 0, totalBytes: 0 };
  }
}
