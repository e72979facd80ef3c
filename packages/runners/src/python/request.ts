import { PYTHON_DEFAULTS } from '@plexus/protocol';
import { numberParam, textParam } from '../params.ts';
import { RunError, type RunRequest } from '../runner.ts';
import type { SandboxLimits } from '../sandbox/sandbox.ts';
import { isJson } from './printed.ts';

const MIB = 1024 * 1024;
/** Processes and threads of one program. */
const MAX_PROCESSES = 128;
/** What a program may print, and so say as its result. */
const MAX_PRINTED_BYTES = 8 * MIB;
const MAX_OUTPUT_BYTES = 256 * MIB;
const MAX_OUTPUT_FILES = 100;

/** What one program may have of this machine at most. */
export interface PythonCapacity {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** A request that this node can take on. */
export interface PythonRequest {
  readonly input: string;
  readonly entrypoint: string;
  readonly bundle: string;
  readonly requirements: readonly string[];
  readonly limits: SandboxLimits;
}

/**
 * Reads parameters that fit the service's schema.
 *
 * @throws {RunError} INVALID_INPUT, LIMIT_EXCEEDED when another machine may be large enough
 */
export function pythonRequest({ content, params }: RunRequest, capacity: PythonCapacity): PythonRequest {
  const bundle = textParam(params, 'bundle');
  if (bundle === undefined) {
    const hint = 'upload one with POST /v1/bundles and name it as bundle';
    throw new RunError('INVALID_INPUT', `The job names no bundle with its program: ${hint}`);
  }
  if (!isJson(content)) throw new RunError('INVALID_INPUT', 'The content is the input of a program, and must be JSON');
  const { requirements } = params;
  return {
    input: content,
    entrypoint: textParam(params, 'entrypoint') ?? '',
    bundle,
    requirements: Array.isArray(requirements) ? requirements.map(String) : [],
    limits: limitsOf(params, capacity),
  };
}

function limitsOf(params: RunRequest['params'], capacity: PythonCapacity): SandboxLimits {
  const cpuMillis = numberParam(params, 'cpu_millis') ?? PYTHON_DEFAULTS.cpuMillis;
  const memoryBytes = numberParam(params, 'memory_bytes') ?? PYTHON_DEFAULTS.memoryBytes;
  const timeoutSeconds = numberParam(params, 'timeout_seconds') ?? PYTHON_DEFAULTS.timeoutSeconds;
  requireWithin('cpu_millis', cpuMillis, capacity.cpuMillis);
  requireWithin('memory_bytes', memoryBytes, capacity.memoryBytes);
  return {
    cpuMillis,
    memoryBytes,
    processes: MAX_PROCESSES,
    timeoutMs: timeoutSeconds * 1000,
    maxPrintedBytes: MAX_PRINTED_BYTES,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    maxOutputFiles: MAX_OUTPUT_FILES,
  };
}

function requireWithin(name: string, asked: number, most: number): void {
  if (asked > most) throw new RunError('LIMIT_EXCEEDED', `${name} is ${asked}, and this node gives ${most} at most`);
}
