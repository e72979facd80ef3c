import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { maximumUnits, secondUnits, serviceFor } from '@plexus/protocol';
import { createParamsCheck } from '../params.ts';
import {
  type EngineLook,
  type JobFiles,
  RunError,
  type RunContext,
  type RunRequest,
  type RunResult,
  type Runner,
} from '../runner.ts';
import { createRuns } from '../runs.ts';
import { inScratch } from '../scratch.ts';

/** One piece of work on files. */
export interface MediaJob {
  readonly params: RunRequest['params'];
  readonly content: string;
  /** For whatever the work has to write down; it goes with the job. */
  readonly folder: string;
  readonly files: JobFiles;
  readonly signal: AbortSignal;
  progress(percent: number): void;
}

interface MediaResult {
  /** The service's result, which becomes JSON. */
  readonly output: Readonly<Record<string, unknown>>;
  readonly metadata: RunResult['metadata'];
  /** For how long the engine was at work, which is what is billed where seconds are. */
  readonly elapsedMs: number;
}

export interface MediaRunnerOptions {
  readonly service: string;
  readonly concurrency: number;
  readonly models?: readonly string[];
  readonly features?: readonly string[];
  readonly languages?: readonly string[];
  readonly look?: EngineLook;
  /** Does the work; what it leaves in `folder` is removed. */
  readonly work: (job: MediaJob) => Promise<MediaResult>;
  /** Gives back what the engine holds. */
  readonly close: () => Promise<void>;
}

/** The frame of every runner that makes files: checks, a folder, progress, an end, and what is billed. */
export function createMediaRunner(options: MediaRunnerOptions): Runner {
  const { service, concurrency, models = [], features, languages = [], look, close } = options;
  const check = createParamsCheck(service);
  const runs = createRuns();
  return {
    service,
    concurrency,
    models,
    ...(features && { features }),
    languages,
    ...(look && { look }),
    run: (request, context) =>
      runs.follow(context.signal, async (signal) => {
        check(request);
        checkContent(service, request);
        return await runInFolder(options, request, { ...context, signal });
      }),
    async close() {
      await runs.close();
      await close();
    },
  };
}

/** The content is no parameter, and what is wrong between parameters is no part of their schema. */
function checkContent(service: string, { content, params }: RunRequest): void {
  const definition = serviceFor(service);
  const problem = definition.check?.(params);
  if (problem) throw new RunError('INVALID_INPUT', problem.message);
  const { name, schema } = definition.content;
  const { maxLength = Number.MAX_SAFE_INTEGER, minLength = 0 } = schema as { maxLength?: number; minLength?: number };
  if (content.length < minLength || content.length > maxLength) {
    throw new RunError('INVALID_INPUT', `${name} has ${content.length} characters, which is not allowed`);
  }
}

async function runInFolder(
  { service, work }: MediaRunnerOptions,
  request: RunRequest,
  context: RunContext,
): Promise<RunResult> {
  const { files, signal } = context;
  if (!files)
    throw new RunError('ENGINE_FAILED', 'This coordinator keeps no files, so there is no place for the result');
  return await inScratch(service, async (folder) => {
    const job = { ...request, folder, files, signal, progress: rising((percent) => context.progress(percent)) };
    const { output, metadata, elapsedMs } = await work(job);
    context.progress(100);
    return { output: JSON.stringify(output), units: unitsOf(service, request, elapsedMs / 1000), metadata };
  });
}

/** Engines may tell the same figure twice, or less than before. */
function rising(progress: (percent: number) => void): (percent: number) => void {
  let last = 0;
  return (percent) => {
    const whole = Math.max(0, Math.min(99, Math.floor(percent)));
    if (whole <= last) return;
    last = whole;
    progress(whole);
  };
}

/** Never more than was set aside for it. */
function unitsOf(service: string, { content, params }: RunRequest, elapsedSeconds: number): number {
  const definition = serviceFor(service);
  const most = maximumUnits(definition, content, params);
  return definition.unitType === 'second' ? Math.min(most, secondUnits(definition, params, elapsedSeconds)) : most;
}

/** A new folder of a job. */
export async function subfolder({ folder }: Pick<MediaJob, 'folder'>, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { mode: 0o755 });
  return path;
}
