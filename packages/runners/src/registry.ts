import { stat } from 'node:fs/promises';
import { createEchoRunner } from './echo/echo.ts';
import { embeddingRemedy, embeddingRunner } from './embedding/detect.ts';
import { reasonOf } from './interruption.ts';
import { defaultModelPath } from './llm/default-model.ts';
import type { LanguageEngine } from './llm/engine.ts';
import { findLlama, installLlama, LLAMA_ENGINE } from './llm/install.ts';
import { createLlamaEngine } from './llm/llama.ts';
import type { GpuChoice } from './llm/llama-binding.ts';
import { createLlmRunner } from './llm/llm-runner.ts';
import { createUpstreamEngine, type UpstreamEngine } from './llm/upstream.ts';
import type { UpstreamAddress, UpstreamTimeouts } from './llm/upstream-http.ts';
import { EngineUnavailable } from './engine-unavailable.ts';
import { MEDIA_SERVICES, type MediaOptions, openMedia } from './media/detect-media.ts';
import { openPython, type PythonOptions } from './python/detect.ts';
import { RunError, type Detection, type RunContext, type Runner } from './runner.ts';
import { createSandboxSource, type SandboxSource } from './sandbox/shared-sandbox.ts';
import { createApertiumRunner, listApertiumModes } from './translate/apertium.ts';
import { createUpstreamTranslator } from './translate/upstream-translator.ts';

/** What this package has runners for. */
export const SERVICES = ['echo', 'llm', 'embedding', 'translate', ...MEDIA_SERVICES, 'python'] as const;

/** Services that run what clients send, and so only where the operator has said so. */
export const TO_BE_ALLOWED = ['python'] as const;

export interface DetectOptions extends MediaOptions {
  /** What to look for; everything where this is not given. */
  readonly services?: readonly (typeof SERVICES)[number][];
  /** A GGUF file; the one that ships with the package where this is not given. */
  readonly modelPath?: string;
  /** An OpenAI-compatible server; it then serves `llm` instead of a file. */
  readonly upstream?: UpstreamAddress & { readonly model?: string; readonly timeouts?: UpstreamTimeouts };
  /** Where llama.cpp is or shall be; other engines are installed beside it. */
  readonly llamaCacheDir: string;
  /** Whether llama.cpp, and the engine for embeddings, may be installed when they are missing. */
  readonly installLlama: boolean;
  readonly gpu?: GpuChoice;
  /** Threads of llama.cpp at most. */
  readonly threads?: number;
  /** What a model that is loaded here may take; all that there is where this is not given. */
  readonly memoryBytes?: () => number;
  /** Of the services that must be allowed, those that are. */
  readonly allow?: readonly (typeof TO_BE_ALLOWED)[number][];
  readonly python?: Omit<PythonOptions, 'concurrency'>;
  /** Shared by all that run in it; made where it is not given. */
  readonly sandbox?: SandboxSource;
  readonly concurrency?: { readonly [service in (typeof SERVICES)[number]]?: number };
  readonly signal?: AbortSignal;
  readonly onProgress: (text: string) => void;
}

type Options = DetectOptions & { readonly signal: AbortSignal; readonly sandbox: SandboxSource };

const LLM_CONCURRENCY = 1;
/** An upstream engine queues and batches by itself. */
const UPSTREAM_CONCURRENCY = 8;
const TRANSLATE_CONCURRENCY = 4;
/** Models of an upstream engine that are tried, some of which may only embed. */
const MAX_TRIED_MODELS = 5;
/** Some tokens, because a trial also shows how many a piece of a stream has. */
const TRIAL = { max_tokens: 4 };

/** Finds out what this machine can do by doing a little of it; never throws. */
export async function detectRunners(given: DetectOptions): Promise<readonly Detection[]> {
  const { signal = new AbortController().signal, sandbox = createSandboxSource() } = given;
  const options: Options = { ...given, signal, sandbox };
  const echo = options.concurrency?.echo;
  const detections = {
    echo: () => detect('echo', '', async () => createEchoRunner(echo === undefined ? {} : { concurrency: echo })),
    llm: () => detect('llm', llmRemedy(options), () => llmRunner(options)),
    embedding: () => detect('embedding', embeddingRemedy(options), () => embeddingRunner(options)),
    translate: () => detect('translate', TRANSLATE_REMEDY, () => translateRunner(options)),
    ...mediaDetections(options),
    python: () => detect('python', ALLOW_PYTHON, () => pythonRunner(options)),
  };
  const { services = SERVICES } = options;
  return await Promise.all(services.map((service) => detections[service]()));
}

function mediaDetections(options: Options) {
  const { concurrency } = options;
  const detection = (service: (typeof MEDIA_SERVICES)[number]) => () =>
    detect(service, '', () => openMedia(service, { ...options, concurrency: concurrency?.[service] }));
  return {
    whisper: detection('whisper'),
    stable_diffusion: detection('stable_diffusion'),
    ffmpeg: detection('ffmpeg'),
    blender: detection('blender'),
  };
}

async function detect(service: string, remedy: string, make: () => Promise<Runner>): Promise<Detection> {
  try {
    return { available: true, runner: await make() };
  } catch (error) {
    return { available: false, service, reason: reasonOf(error), remedy: remedyIn(error) ?? remedy };
  }
}

/** An error may know better than its service what mends it. */
function remedyIn(error: unknown): string | undefined {
  return error instanceof EngineUnavailable ? error.remedy : undefined;
}

const ALLOW_PYTHON = 'start it with --allow python';

async function pythonRunner({ allow = [], python, concurrency, ...options }: Options): Promise<Runner> {
  if (!allow.includes('python')) {
    throw new RunError('ENGINE_FAILED', 'it runs programs of others, which its operator has to allow');
  }
  const places = concurrency?.python;
  return await openPython({ ...options, ...python, ...(places !== undefined && { concurrency: places }) });
}

function llmRemedy({ upstream, installLlama: mayInstall }: Options): string {
  if (upstream) return `check that ${upstream.url} answers and has a model that generates text`;
  return mayInstall
    ? 'check the model file and the way to the npm registry, or use --upstream URL'
    : `check the model file, let ${LLAMA_ENGINE} be installed (about 85 MB), or use --upstream URL`;
}

const TRANSLATE_REMEDY = 'apt-get install apertium apertium-eng-spa, or use --upstream URL';

async function llmRunner(options: Options): Promise<Runner> {
  if (options.upstream) return upstreamRunner(options, options.upstream);
  const concurrency = options.concurrency?.llm ?? LLM_CONCURRENCY;
  const {
    llamaCacheDir: cacheDir,
    signal,
    onProgress,
    gpu = 'auto',
    threads,
    modelPath = defaultModelPath(),
  } = options;
  await requireRoom(modelPath, options.memoryBytes?.());
  const found = await (options.installLlama ? installLlama({ cacheDir, signal, onProgress }) : findLlama(cacheDir));
  if (!found.installed) throw new RunError('ENGINE_FAILED', found.reason);
  onProgress(`Loading ${modelPath}`);
  const engine = await createLlamaEngine({
    installPath: found.path,
    modelPath,
    concurrency,
    gpu,
    signal,
    ...(threads !== undefined && { threads }),
  });
  return proven(engine, createLlmRunner(engine, concurrency), options);
}

/** @throws {EngineUnavailable} when the weights alone need more memory than they may have */
async function requireRoom(modelPath: string, mostBytes = Number.POSITIVE_INFINITY): Promise<void> {
  const { size } = await stat(modelPath);
  if (size <= mostBytes) return;
  const reason = `${modelPath} has ${size} bytes, and this node's configuration leaves ${mostBytes} of memory`;
  throw new EngineUnavailable(reason, 'raise resources.max_memory_gb, or take a smaller model with --model');
}

/** The runner, once it has made a token; else its engine is closed. */
async function proven(engine: LanguageEngine, runner: Runner, { signal }: Options): Promise<Runner> {
  try {
    await runner.run({ content: 'Once', params: { max_tokens: 1, temperature: 0 } }, quietContext(signal));
    return runner;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function upstreamRunner(options: Options, upstream: NonNullable<Options['upstream']>): Promise<Runner> {
  const { engine } = await provenUpstream(options, upstream, async (one) => {
    await createLlmRunner(one, 1).run({ content: 'Once', params: TRIAL }, quietContext(options.signal));
  });
  return createLlmRunner(engine, options.concurrency?.llm ?? UPSTREAM_CONCURRENCY);
}

/** An upstream engine whose first model is one that passed the trial. */
async function provenUpstream(
  { signal, onProgress }: Options,
  upstream: NonNullable<Options['upstream']>,
  trial: (engine: UpstreamEngine) => Promise<unknown>,
): Promise<{ engine: UpstreamEngine; model: string }> {
  onProgress(`Asking ${upstream.url}`);
  const { timeouts, model: wanted } = upstream;
  const engine = await createUpstreamEngine({ address: upstream, signal, ...(timeouts ? { timeouts } : {}) });
  const candidates = wanted === undefined ? engine.models.slice(0, MAX_TRIED_MODELS) : [wanted];
  let failure: unknown = new RunError('ENGINE_FAILED', 'The upstream engine has no models');
  for (const model of candidates) {
    const models = [model, ...engine.models.filter((other) => other !== model)];
    const candidate = { ...engine, models };
    try {
      await trial(candidate);
      return { engine: candidate, model };
    } catch (error) {
      failure = error;
    }
  }
  await engine.close();
  throw failure;
}

async function translateRunner(options: Options): Promise<Runner> {
  const concurrency = options.concurrency?.translate ?? TRANSLATE_CONCURRENCY;
  try {
    return await apertiumRunner(concurrency, options.signal);
  } catch (error) {
    if (!options.upstream) throw error;
  }
  const { engine, model } = await provenUpstream(options, options.upstream, async (one) => {
    const [first = ''] = one.models;
    await tryTranslation(createUpstreamTranslator(one, first, 1), 'es', options.signal);
  });
  return createUpstreamTranslator(engine, model, concurrency);
}

async function apertiumRunner(concurrency: number, signal: AbortSignal): Promise<Runner> {
  const modes = await listApertiumModes(signal);
  const [first] = modes;
  if (!first) throw new RunError('ENGINE_FAILED', 'Apertium is installed without a pair of languages');
  const runner = createApertiumRunner(modes, concurrency);
  await tryTranslation(runner, first.target.code, signal);
  return runner;
}

async function tryTranslation(runner: Runner, target: string, signal: AbortSignal): Promise<void> {
  const { output } = await runner.run({ content: 'house', params: { target_language: target } }, quietContext(signal));
  if (output.trim() === '') throw new RunError('ENGINE_FAILED', 'A word was translated into nothing');
}

function quietContext(signal: AbortSignal): RunContext {
  return { signal, progress: () => undefined, chunk: () => undefined };
}
