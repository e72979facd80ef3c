import { join } from 'node:path';
import {
  createSandboxSource,
  type DetectOptions,
  detectRunners,
  ENGINE_REMEDY,
  findEngine,
  type Runner,
  type SERVICES,
} from '@plexus/runners';
import { LLAMA_FOLDER } from './parts.ts';

/** Whether this machine could do a kind of work, found out by doing a little of it. */
type EngineExamination =
  | { readonly available: true; readonly detail: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string };

type ExaminedService = Extract<
  (typeof SERVICES)[number],
  'python' | 'ffmpeg' | 'whisper' | 'blender' | 'stable_diffusion'
>;

/** What a node would be told of its engines, where it is told anything. */
export interface EnginePlaces extends Pick<DetectOptions, 'imageUpstream' | 'whisperWeights'> {
  /** Where nodes of this user install what they need. */
  readonly cacheDir: string;
}

export type EngineExaminer = (
  service: ExaminedService | 'container',
  signal: AbortSignal,
) => Promise<EngineExamination>;

/** Examines engines, all in one sandbox. */
export function createEngineExaminer({ cacheDir, ...places }: EnginePlaces): EngineExaminer {
  const options: Omit<DetectOptions, 'services' | 'signal'> = {
    ...places,
    sandbox: createSandboxSource(),
    allow: ['python'],
    llamaCacheDir: join(cacheDir, LLAMA_FOLDER),
    installLlama: false,
    onProgress: () => undefined,
  };
  return async (service, signal) =>
    service === 'container' ? await examineContainers(signal) : await examine(service, { ...options, signal });
}

async function examine(service: ExaminedService, options: Omit<DetectOptions, 'services'>): Promise<EngineExamination> {
  const [found] = await detectRunners({ ...options, services: [service] });
  if (!found) throw new Error(`Nothing examines ${service}`);
  if (!found.available) return found;
  await found.runner.close();
  return { available: true, detail: detailOf(found.runner) };
}

function detailOf({ service, concurrency, features = [], models: [model] }: Runner): string {
  if (service === 'python') {
    return `the sandbox isolates; ${features.length} packages, ${concurrency} at once (off unless --allow python)`;
  }
  if (service === 'stable_diffusion') return `its server answers${model === undefined ? '' : ` with ${model}`}`;
  const what = [...features.map((feature) => feature.replace('codec:', '')), ...(model === undefined ? [] : [model])];
  return [`tried in the sandbox`, ...(what.length > 0 ? [what.join(', ')] : []), `${concurrency} at once`].join('; ');
}

async function examineContainers(signal: AbortSignal): Promise<EngineExamination> {
  try {
    const engine = await findEngine(signal);
    await engine.close();
    return { available: true, detail: `${engine.description} answers (for images of --infernet-config)` };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error), remedy: ENGINE_REMEDY };
  }
}
