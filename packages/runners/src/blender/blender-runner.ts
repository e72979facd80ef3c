import { open } from 'node:fs/promises';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { reasonOf } from '../interruption.ts';
import { lineReader, runEngine } from '../media/engine-run.ts';
import type { Inputs } from '../media/input.ts';
import { createMediaRunner, type MediaJob, subfolder } from '../media/media-runner.ts';
import { numberParam, textParam } from '../params.ts';
import { RunError, type RunRequest, type Runner } from '../runner.ts';
import { findProgram } from '../sandbox/programs.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { inScratch } from '../scratch.ts';
import { createRenderProgress, renderCommand, type Rendering, sceneReason } from './script.ts';

const INSTALL = 'apt-get install blender';
const TRIAL_MS = 120_000;
const GIB = 1024 ** 3;
/** Source: the defaults of the service's schema. */
const DEFAULTS = { width: 1920, height: 1080, samples: 128 } as const;
/** First bytes of a scene: as it is, packed by gzip, or by Zstandard. Source: Blender's BLO_readfile. */
const MAGICS = [Buffer.from('BLENDER'), Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])];

export interface BlenderParts {
  readonly sandbox: Sandbox;
  readonly inputs: Inputs;
  readonly threads: number;
  readonly memoryBytes: number;
}

/**
 * A runner of Blender, once it has rendered an image of its own start scene.
 *
 * @throws {EngineUnavailable}
 */
export async function openBlender(parts: BlenderParts, concurrency: number, signal: AbortSignal): Promise<Runner> {
  const blender = await findProgram('blender');
  if (blender === undefined) throw new EngineUnavailable('Blender is not installed', INSTALL);
  const version = await inScratch('blender', (outputFolder) => tryBlender(parts, blender, { outputFolder, signal }));
  return createMediaRunner({
    service: 'blender',
    concurrency,
    work: (job) => render({ ...parts, blender, version }, job),
    close: () => parts.sandbox.close(),
  });
}

async function tryBlender(
  parts: BlenderParts,
  blender: string,
  { outputFolder, signal }: Pick<BlenderRun, 'outputFolder' | 'signal'>,
): Promise<string> {
  const tiny: Rendering = {
    engine: 'cycles',
    width: 8,
    height: 8,
    samples: 1,
    start: 1,
    end: 1,
    threads: parts.threads,
  };
  try {
    const { stdout, outputs } = await runBlender(parts, {
      command: renderCommand(blender, undefined, tiny),
      binds: [],
      limits: { timeoutMs: TRIAL_MS },
      outputFolder,
      signal,
      blame: 'ENGINE_FAILED',
    });
    if (outputs.length !== 1) throw new Error('It rendered nothing');
    return /^Blender (\S{1,40})/m.exec(stdout.toString('latin1'))?.[1] ?? 'of an unknown version';
  } catch (error) {
    if (signal.aborted) throw error;
    throw new EngineUnavailable(reasonOf(error), INSTALL, { cause: error });
  }
}

type BlenderRun = Omit<Parameters<typeof runEngine>[1], 'name'>;

function runBlender({ sandbox, threads, memoryBytes }: BlenderParts, run: BlenderRun) {
  const limits = { cpuMillis: threads * 1000, memoryBytes, ...run.limits };
  // Numerical libraries and OpenMP would else take every processor that they see.
  const env = { OMP_NUM_THREADS: String(threads) };
  return runEngine(sandbox, { name: 'Blender', meaningOf: sceneReason, ...run, env, limits });
}

async function render(parts: BlenderParts & { readonly blender: string; readonly version: string }, job: MediaJob) {
  const { inputs, blender, version, sandbox, threads } = parts;
  const rendering = { ...renderingOf(job.params), threads };
  const [input, output] = [await subfolder(job, 'input'), await subfolder(job, 'output')];
  await inputs.fetch(job.content, `${input}/scene.blend`, job.signal);
  await requireScene(`${input}/scene.blend`);
  const { outputs, elapsedMs } = await runBlender(parts, {
    command: renderCommand(blender, '/job/scene.blend', rendering),
    binds: [{ from: input, to: '/job' }],
    outputFolder: output,
    onPrinted: lineReader(createRenderProgress(rendering, (percent) => job.progress(percent))),
    signal: job.signal,
  });
  const images: string[] = [];
  for (const name of frameNames(rendering)) {
    const file = outputs.find((one) => one.name === name);
    if (!file) throw new RunError('INVALID_INPUT', `Blender made no ${name} of the scene`);
    images.push((await job.files.keepOutput(file, job.signal)).url);
  }
  const { threads: _threads, ...shown } = rendering;
  return {
    output: { images, metadata: { ...shown, frames: images.length }, render_time: Math.round(elapsedMs) / 1000 },
    metadata: { engine: `Blender ${version} in ${sandbox.description}`, frames: images.length },
    elapsedMs,
  };
}

/** Reads parameters that fit the service's schema. */
function renderingOf(params: RunRequest['params']): Omit<Rendering, 'threads'> {
  const start = numberParam(params, 'frame_start') ?? 1;
  return {
    engine: textParam(params, 'engine') === 'eevee' ? 'eevee' : 'cycles',
    width: numberParam(params, 'resolution_x') ?? DEFAULTS.width,
    height: numberParam(params, 'resolution_y') ?? DEFAULTS.height,
    samples: numberParam(params, 'samples') ?? DEFAULTS.samples,
    start,
    end: numberParam(params, 'frame_end') ?? start,
  };
}

function frameNames({ start, end }: Rendering): readonly string[] {
  return Array.from({ length: end - start + 1 }, (_, at) => `frame_${String(start + at).padStart(4, '0')}.png`);
}

async function requireScene(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(7), 0, 7, 0);
    if (MAGICS.some((magic) => buffer.subarray(0, magic.length).equals(magic))) return;
  } finally {
    await file.close();
  }
  throw new RunError('INVALID_INPUT', 'The input is no .blend file');
}

/** Most scenes fit into this; more than the machine has is nobody's. */
export function sceneMemory(machineBytes: number): number {
  return Math.floor(Math.min(8 * GIB, machineBytes * 0.75));
}
