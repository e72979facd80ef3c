import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { freemem, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { createCpuMeter } from '../cpu.ts';

const GB = 1024 ** 3;
const MIB_PER_GB = 1024;
/** A driver that does not answer by then counts as none. */
const DRIVER_TIMEOUT_MS = 5000;
const MAX_GPUS = 64;
const MAX_ZONES = 64;
/** Source: nvidia-smi --help-query-gpu. */
const QUERY = [
  '--query-gpu=utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw',
  '--format=csv,noheader,nounits',
];

const run = promisify(execFile);

/** A graphics processor now; what its driver does not say is left out. */
export interface GpuFigures {
  readonly utilization?: number;
  readonly memory_used?: number;
  readonly memory_total?: number;
  readonly temperature?: number;
  readonly power_usage?: number;
}

/** The machine now. Memory is in GB. */
export interface MachineFigures {
  readonly cpu_percent: number;
  readonly memory_used: number;
  readonly memory_total: number;
  readonly load: number;
  /** Degrees Celsius of its hottest sensor, where it has one. */
  readonly temperature?: number;
}

/** Measures the machine; how busy its processor is since it was asked before. */
export function createMachineMeter(): () => Promise<MachineFigures> {
  const cpuPercent = createCpuMeter();
  return async () => {
    const total = totalmem();
    const temperature = await hottest();
    return {
      cpu_percent: cpuPercent(),
      memory_used: round((total - (await availableBytes())) / GB),
      memory_total: round(total / GB),
      load: loadavg()[0] ?? 0,
      ...(temperature !== undefined && { temperature }),
    };
  };
}

/** What programs can still have: more than what is free, because caches give way. Source: proc(5), "MemAvailable". */
async function availableBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? freemem() : Number(kib) * 1024;
}

/** Source: Linux, "Generic Thermal Sysfs driver": thousandths of a degree. */
async function hottest(): Promise<number | undefined> {
  const folder = '/sys/class/thermal';
  const names = await readdir(folder).catch(() => []);
  const zones = names.filter((name) => name.startsWith('thermal_zone')).slice(0, MAX_ZONES);
  const texts = await Promise.all(zones.map((zone) => readFile(`${folder}/${zone}/temp`, 'utf8').catch(() => '')));
  const degrees = texts.filter((text) => /^-?\d+\s*$/.test(text)).map((text) => Number(text) / 1000);
  return degrees.length === 0 ? undefined : Math.max(...degrees);
}

/** Asks NVIDIA's driver; an empty list where there is none. */
export async function measureGpus(): Promise<readonly GpuFigures[]> {
  try {
    const { stdout } = await run('nvidia-smi', QUERY, { timeout: DRIVER_TIMEOUT_MS });
    return readGpuFigures(stdout);
  } catch {
    return [];
  }
}

/** Reads a line for each, for example `87, 20480, 24564, 65, 310.5`; memory in MiB. */
export function readGpuFigures(text: string): readonly GpuFigures[] {
  const lines = text.split('\n').filter((line) => line.includes(','));
  return lines.slice(0, MAX_GPUS).map((line) => {
    const [utilization, used, total, temperature, power] = line.split(',').map(numberIn);
    const figures = {
      utilization,
      memory_used: used === undefined ? undefined : round(used / MIB_PER_GB),
      memory_total: total === undefined ? undefined : round(total / MIB_PER_GB),
      temperature,
      power_usage: power,
    };
    return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== undefined));
  });
}

/** `[N/A]` is no number. */
function numberIn(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function round(number: number): number {
  return Math.round(number * 1000) / 1000;
}
