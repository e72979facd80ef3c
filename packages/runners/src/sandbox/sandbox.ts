import type { UnpackedFile } from '../archive/folder-writer.ts';
import type { CgroupUsage } from './cgroup.ts';

/** What a job in a sandbox may use; each is enforced from outside of it. */
export interface SandboxLimits {
  readonly cpuMillis: number;
  /** Of all its processes, with what they have written to /tmp, /output and /dev/shm. */
  readonly memoryBytes: number;
  /** Processes and threads at once. */
  readonly processes: number;
  readonly timeoutMs: number;
  /** Of what it prints, both streams together. */
  readonly maxPrintedBytes: number;
  readonly maxOutputBytes: number;
  readonly maxOutputFiles: number;
}

/** A file or folder of the host that a job may read. */
export interface Bind {
  readonly from: string;
  readonly to: string;
}

/** Programs in a sandbox: no network, read-only files, no processes but their own. */
export interface SandboxJob {
  /** A program by its path inside, and its arguments. */
  readonly command: readonly string[];
  readonly binds: readonly Bind[];
  readonly cwd: string;
  /** All of its environment beside PATH, HOME and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input: string;
  readonly limits: SandboxLimits;
  /** An empty folder of the host, into which the files of /output are brought when the job has ended well. */
  readonly outputFolder: string;
  readonly onPrinted?: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
}

/** Why a job was ended before its end. */
export type StopReason =
  | { readonly type: 'time' }
  | { readonly type: 'printed_too_much' }
  /** Its files cannot be taken; the message says why. */
  | { readonly type: 'outputs'; readonly message: string };

export interface SandboxOutcome {
  /** What the program ended with; 128 and the signal's number when a signal ended it, as shells have it. */
  readonly exitCode: number;
  readonly stopped: StopReason | undefined;
  readonly stdout: Buffer;
  /** The end of it. */
  readonly stderr: string;
  readonly outputs: readonly UnpackedFile[];
  readonly usage: CgroupUsage;
  readonly elapsedMs: number;
}

export interface Sandbox {
  /** For example `bubblewrap, cgroup v1`. */
  readonly description: string;
  /** @throws {RunError} CANCELLED or TIMEOUT by the signal, ENGINE_FAILED when it is the sandbox that failed */
  run(job: SandboxJob): Promise<SandboxOutcome>;
  /** Gives back what it has of the machine. */
  close(): Promise<void>;
}
