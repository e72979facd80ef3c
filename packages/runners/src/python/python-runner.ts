import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptOutput, maximumUnits, packageFeature, secondUnits, serviceFor } from '@plexus/protocol';
import type { UnpackedFile } from '../archive/folder-writer.ts';
import { unpackArchive } from '../archive/unpack.ts';
import { UnpackError } from '../archive/unpack-error.ts';
import { createParamsCheck } from '../params.ts';
import { type JobFiles, RunError, type RunContext, type RunRequest, type RunResult, type Runner } from '../runner.ts';
import type { Sandbox, SandboxOutcome } from '../sandbox/sandbox.ts';
import { inScratch } from '../scratch.ts';
import { createRuns } from '../runs.ts';
import { requireSuccess } from './failure.ts';
import { createProgressReader, printedResult, requireJson, requireShallow } from './printed.ts';
import { type PythonCapacity, type PythonRequest, pythonRequest } from './request.ts';
import { requirePackages } from './requirements.ts';
import { resultOf } from './result.ts';
import type { PythonRuntime } from './runtime.ts';

/** Bytes and entries that a bundle may hold. */
const MAX_UNPACKED_BYTES = 1024 ** 3;
const MAX_UNPACKED_ENTRIES = 10_000;
/** Files of the bundle that a refusal names. */
const NAMED_FILES = 10;
/** A program's result may stand in this file instead of on its standard output. */
const RESULT_FILE = 'result.json';
/** What a node's register message takes of one service. Source: protocol's ServiceOffer. */
const MAX_FEATURES = 100;
const MAX_FEATURE_LENGTH = 64;

export interface PythonRunnerOptions {
  readonly sandbox: Sandbox;
  readonly runtime: PythonRuntime;
  readonly capacity: PythonCapacity;
  readonly concurrency: number;
}

/** Runs clients' programs, each in a sandbox of its own. */
export function createPythonRunner(options: PythonRunnerOptions): Runner {
  const { sandbox, runtime, capacity, concurrency } = options;
  const check = createParamsCheck('python');
  const runs = createRuns();
  return {
    service: 'python',
    concurrency,
    models: [],
    features: featuresOf(runtime),
    languages: [],
    run: (request, context) =>
      runs.follow(context.signal, async (signal) => {
        check(request);
        const asked = pythonRequest(request, capacity);
        requirePackages(asked.requirements, runtime.packages);
        return await runProgram(options, { asked, request }, { ...context, signal });
      }),
    async close() {
      await runs.close();
      await sandbox.close();
    },
  };
}

/** The packages of this node, so that jobs which require others go elsewhere. */
function featuresOf({ packages }: PythonRuntime): readonly string[] {
  const names = [...packages.keys()].map(packageFeature);
  return names.filter((name) => name.length <= MAX_FEATURE_LENGTH).slice(0, MAX_FEATURES);
}

interface Asked {
  readonly asked: PythonRequest;
  readonly request: RunRequest;
}

async function runProgram(options: PythonRunnerOptions, job: Asked, context: RunContext): Promise<RunResult> {
  const { files, signal } = context;
  if (!files)
    throw new RunError('ENGINE_FAILED', 'This coordinator keeps no files, so no program can be fetched from it');
  return await inScratch('python', async (folder) => {
    const program = join(folder, 'job');
    const outputFolder = join(folder, 'output');
    await Promise.all([mkdir(program), mkdir(outputFolder)]);
    await fetchProgram(files, job.asked, { archive: join(folder, 'bundle'), program, signal });
    const outcome = await options.sandbox.run({
      ...commandOf(options.runtime, job.asked, program),
      outputFolder,
      onPrinted: createProgressReader((percent) => context.progress(percent)),
      signal,
    });
    requireSuccess(outcome, job.asked.limits);
    const output = await resultIn(outcome, files, signal);
    context.progress(100);
    return { output, units: unitsOf(job.request, outcome), metadata: factsOf(options, job.asked, outcome) };
  });
}

interface Places {
  readonly archive: string;
  readonly program: string;
  readonly signal: AbortSignal;
}

async function fetchProgram(
  files: JobFiles,
  { bundle, entrypoint }: PythonRequest,
  { archive, program, signal }: Places,
): Promise<void> {
  await files.fetchBundle(bundle, archive, signal);
  // Whoever runs the program must be able to enter; the folder around it is closed to everybody else.
  await chmod(program, 0o755);
  const unpacked = await unpackArchive(archive, program, {
    maxBytes: MAX_UNPACKED_BYTES,
    maxEntries: MAX_UNPACKED_ENTRIES,
    signal,
  }).catch((error: unknown) => {
    throw error instanceof UnpackError ? new RunError('INVALID_INPUT', error.message, { cause: error }) : error;
  });
  await rm(archive);
  if (!unpacked.some(({ name }) => name === entrypoint)) throw noEntrypoint(entrypoint, unpacked);
}

function noEntrypoint(entrypoint: string, files: readonly UnpackedFile[]): RunError {
  const names = files.slice(0, NAMED_FILES).map(({ name }) => name);
  const rest = files.length > names.length ? ` and ${files.length - names.length} more` : '';
  return new RunError(
    'INVALID_INPUT',
    `The bundle has no "${entrypoint}"; it has ${names.join(', ') || 'nothing'}${rest}`,
  );
}

function commandOf(
  { interpreter, binds }: PythonRuntime,
  { entrypoint, input, limits }: PythonRequest,
  program: string,
) {
  // Libraries for arithmetic would else start a thread for each processor of the machine.
  const threads = String(Math.ceil(limits.cpuMillis / 1000));
  const names = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMEXPR_NUM_THREADS'];
  return {
    command: [interpreter, '-B', '-s', '-u', `/job/${entrypoint}`],
    binds: [...binds, { from: program, to: '/job' }],
    cwd: '/job',
    env: { PLEXUS_OUTPUT: '/output', ...Object.fromEntries(names.map((name) => [name, threads])) },
    input,
    limits,
  };
}

/** The result in its file or on standard output, and every other file as an output of the job. */
async function resultIn(outcome: SandboxOutcome, files: JobFiles, signal: AbortSignal): Promise<string> {
  const written = outcome.outputs.find(({ name }) => name === RESULT_FILE);
  const said = requireShallow(
    written ? requireJson(await readFile(written.path), `/output/${RESULT_FILE}`) : printedResult(outcome.stdout),
  );
  const kept: KeptOutput[] = [];
  for (const file of outcome.outputs) {
    if (file !== written) kept.push(await files.keepOutput(file, signal));
  }
  return resultOf(said, kept);
}

/** Never more than was asked for: what a sandbox takes to end is not the program's. */
function unitsOf({ content, params }: RunRequest, { elapsedMs }: SandboxOutcome): number {
  const service = serviceFor('python');
  return Math.min(secondUnits(service, params, elapsedMs / 1000), maximumUnits(service, content, params));
}

function factsOf(
  { runtime, sandbox }: PythonRunnerOptions,
  { bundle, entrypoint, limits }: PythonRequest,
  { elapsedMs, usage: { peakMemoryBytes, cpuMs } }: SandboxOutcome,
): RunResult['metadata'] {
  return {
    engine: `Python ${runtime.version} in ${sandbox.description}`,
    bundle,
    entrypoint,
    cpu_millis: limits.cpuMillis,
    memory_bytes: limits.memoryBytes,
    program_ms: Math.ceil(elapsedMs),
    ...(peakMemoryBytes !== undefined && { peak_memory_bytes: peakMemoryBytes }),
    ...(cpuMs !== undefined && { cpu_ms: cpuMs }),
  };
}
