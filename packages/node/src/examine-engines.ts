import {
  createSandboxSource,
  detectRunners,
  ENGINE_REMEDY,
  findEngine,
  type Runner,
  type SandboxSource,
  type SERVICES,
} from '@plexus/runners';

/** Whether this machine could do a kind of work, found out by doing a little of it. */
type EngineExamination =
  | { readonly available: true; readonly detail: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string };

/** Kinds of work whose engines are looked for on the machine itself. */
type ExaminedService = Extract<(typeof SERVICES)[number], 'python' | 'ffmpeg' | 'whisper' | 'blender'>;

export type EngineExaminer = (
  service: ExaminedService | 'container',
  signal: AbortSignal,
) => Promise<EngineExamination>;

/** Examines engines, all in one sandbox. */
export function createEngineExaminer(): EngineExaminer {
  const sandbox = createSandboxSource();
  return (service, signal) => (service === 'container' ? examineContainers(signal) : examine(service, sandbox, signal));
}

async function examine(
  service: ExaminedService,
  sandbox: SandboxSource,
  signal: AbortSignal,
): Promise<EngineExamination> {
  const [found] = await detectRunners({
    services: [service],
    sandbox,
    allow: ['python'],
    llamaCacheDir: '',
    installLlama: false,
    signal,
    onProgress: () => undefined,
  });
  if (!found) throw new Error(`Nothing examines ${service}`);
  if (!found.available) return found;
  await found.runner.close();
  return { available: true, detail: detailOf(found.runner) };
}

function detailOf({ service, concurrency, features = [], models: [model] }: Runner): string {
  if (service === 'python') {
    return `the sandbox isolates; ${features.length} packages, ${concurrency} at once (off unless --allow python)`;
  }
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
