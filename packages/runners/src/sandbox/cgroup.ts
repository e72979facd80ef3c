/** Control groups: what the processes of one job may use together. */

export interface CgroupLimits {
  readonly memoryBytes: number;
  /** Processes and threads at once. */
  readonly processes: number;
  readonly cpuMillis: number;
}

/** What the processes of a job have used, and which of their limits they met. */
export interface CgroupUsage {
  readonly peakMemoryBytes: number | undefined;
  readonly cpuMs: number | undefined;
  /** Times that the kernel killed one of them for want of memory. */
  readonly memoryKills: number;
  /** Times that they could not begin another process. */
  readonly processRefusals: number;
}

/** The group of one job. */
export interface Cgroup {
  /** Files into which a process writes 0 to join. */
  readonly joinFiles: readonly string[];
  usage(): Promise<CgroupUsage>;
  /** Kills every process of the group. */
  kill(): Promise<void>;
  /** Kills what is left and removes the group. @throws {Error} when that does not succeed in time */
  remove(): Promise<void>;
}

/** A place in which this process may make groups. */
export interface CgroupParent {
  readonly version: 1 | 2;
  /** @param name unique among the groups of this process, and fit for a file */
  create(name: string, limits: CgroupLimits): Promise<Cgroup>;
  close(): Promise<void>;
}

/** Period over which a share of a processor is counted. Source: Documentation/admin-guide/cgroup-v2.rst, "cpu.max". */
export const CPU_PERIOD_US = 100_000;

export function cpuQuotaUs(cpuMillis: number): number {
  return Math.round((cpuMillis * CPU_PERIOD_US) / 1000);
}

/** The value of `key value` lines, 0 where it is not there. */
export function countIn(text: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}
