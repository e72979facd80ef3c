import { readdir, readFile } from 'node:fs/promises';
import { loadavg, totalmem } from 'node:os';
import { createCpuMeter } from '../cpu.ts';
import { askDriver, gpuLines } from '../graphics-driver.ts';
import { ramUsedBytes } from '../neuroshard/machine-use.ts';

const GB = 1024 ** 3;
const MIB_PER_GB = 1024;
const MAX_ZONES = 64;
const GPU_FIELDS = 'utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw';

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
    const temperature = await hottest();
    return {
      cpu_percent: cpuPercent(),
      memory_used: round(ramUsedBytes() / GB),
      memory_total: round(totalmem() / GB),
      load: loadavg()[0] ?? 0,
      ...(temperature !== undefined && { temperature }),
    };
  };
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
    return readGpuFigures(await askDriver(GPU_FIELDS));
  } catch {
    return [];
  }
}

/** Reads a line for each, for example `87, 20480, 24564, 65, 310.5`; memory in MiB. */
export function readGpuFigures(text: string): readonly GpuFigures[] {
  return gpuLines(text).map((line) => {
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
