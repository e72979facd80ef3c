import { availableParallelism } from 'node:os';
import { normalName } from '@plexus/protocol';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { memoryOfMachine } from '../machine-memory.ts';
import { RunError, type Runner } from '../runner.ts';
import type { SandboxSource } from '../sandbox/shared-sandbox.ts';
import { createPythonRunner } from './python-runner.ts';
import { findPythonRuntime, type PythonRuntime } from './runtime.ts';

/** One core is the node's own; more programs than this at once would wait for the disk. */
const MAX_CONCURRENCY = 4;
/** Share of the machine's memory that all programs together may have. */
const MEMORY_SHARE = 0.75;

export interface PythonOptions {
  /** Path of the interpreter, for example that of a virtual environment. */
  readonly interpreter?: string;
  /** Packages that programs may require; all that are installed where this is not given. */
  readonly packages?: readonly string[];
  readonly concurrency?: number;
}

/** Something that keeps Python programs from being run here, with the one command that mends it. */
export class PythonUnavailable extends EngineUnavailable {}

/**
 * A runner of Python programs, if this machine has a sandbox that isolates and a Python.
 *
 * @throws {PythonUnavailable}
 */
export async function openPython(
  options: PythonOptions & {
    readonly sandbox: SandboxSource;
    readonly signal: AbortSignal;
    readonly onProgress: (text: string) => void;
  },
): Promise<Runner> {
  const { interpreter, signal, onProgress } = options;
  const found = await options.sandbox.open();
  if (!found.available) throw new PythonUnavailable(found.reason, found.remedy);
  const { sandbox } = found;
  try {
    const runtime = await findPythonRuntime(sandbox, { interpreter, signal });
    const concurrency = options.concurrency ?? Math.max(1, Math.min(MAX_CONCURRENCY, availableParallelism() - 1));
    const capacity = {
      cpuMillis: availableParallelism() * 1000,
      memoryBytes: Math.floor((memoryOfMachine() * MEMORY_SHARE) / concurrency),
    };
    const allowed = onlyAllowed(runtime, options.packages, onProgress);
    return createPythonRunner({ sandbox, runtime: allowed, capacity, concurrency });
  } catch (error) {
    await sandbox.close();
    const remedy = interpreter === undefined ? 'apt-get install python3' : `${interpreter} --version`;
    throw error instanceof RunError ? new PythonUnavailable(error.message, remedy, { cause: error }) : error;
  }
}

/** The runtime with no more packages than the operator allows. */
function onlyAllowed(
  runtime: PythonRuntime,
  names: readonly string[] | undefined,
  onProgress: (text: string) => void,
): PythonRuntime {
  if (!names) return runtime;
  const allowed = new Set(names.map(normalName));
  for (const name of allowed) if (!runtime.packages.has(name)) onProgress(`python: ${name} cannot be imported here`);
  return { ...runtime, packages: new Map([...runtime.packages].filter(([name]) => allowed.has(name))) };
}
