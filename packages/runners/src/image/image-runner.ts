import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sizeOf } from '@plexus/protocol';
import { EngineUnavailable } from '../engine-unavailable.ts';
import { reasonOf } from '../interruption.ts';
import type { UpstreamAddress } from '../llm/upstream-http.ts';
import { createMediaRunner, type MediaJob } from '../media/media-runner.ts';
import { numberParam, resolveModel, textParam } from '../params.ts';
import type { Runner } from '../runner.ts';
import { openAutomatic1111 } from './automatic1111.ts';
import { endingOf } from './base64-images.ts';
import type { ImageEngine, Painting } from './image-engine.ts';
import { openOpenAiImages } from './openai-images.ts';

/** Source: the defaults of the service's schema. */
const DEFAULTS = { side: 512, steps: 20, guidanceScale: 7.5 } as const;

/**
 * Finds out which API a server speaks, and what it has.
 *
 * @throws {EngineUnavailable}
 */
export async function openImageEngine(address: UpstreamAddress | undefined, signal: AbortSignal): Promise<ImageEngine> {
  if (!address) {
    throw new EngineUnavailable('There is no image server', 'start it with --image-upstream http://127.0.0.1:7860');
  }
  const remedy = `check that ${address.url} answers /sdapi/v1/sd-models or, with /v1 at its end, /models`;
  try {
    const engine = (await openAutomatic1111(address, signal)) ?? (await openOpenAiImages(address, signal));
    if (engine) return { ...engine, look: async (looking) => (await openImageEngine(address, looking)).models };
  } catch (error) {
    throw new EngineUnavailable(`The image server cannot be used: ${reasonOf(error)}`, remedy, { cause: error });
  }
  throw new EngineUnavailable(
    `${address.url} speaks neither AUTOMATIC1111's API nor OpenAI's, or has no model`,
    remedy,
  );
}

/** How much of a job is making its images; the rest is keeping them. */
const MAKING_SHARE = 0.9;

/** Has a server make images. */
export function createImageRunner(engine: ImageEngine, concurrency: number): Runner {
  return createMediaRunner({
    service: 'stable_diffusion',
    concurrency,
    models: engine.models,
    ...(engine.look && { look: engine.look }),
    work: (job) => paint(engine, job),
    close: async () => undefined,
  });
}

async function paint(engine: ImageEngine, job: MediaJob) {
  const startedAt = performance.now();
  const painting = paintingOf(engine, job);
  const { images, unsafe, seed = painting.seed } = await engine.paint(painting);
  const urls: string[] = [];
  for (const [at, image] of images.entries()) {
    const name = `image_${at + 1}.${endingOf(image)}`;
    const path = join(job.folder, name);
    await writeFile(path, image, { mode: 0o600 });
    urls.push((await job.files.keepOutput({ name, path }, job.signal)).url);
    job.progress((MAKING_SHARE + (1 - MAKING_SHARE) * (urls.length / images.length)) * 100);
  }
  return {
    output: { images: urls, parameters: parametersOf(painting, seed), nsfw_content_detected: unsafe },
    metadata: { engine: engine.name, model: painting.model, images: urls.length },
    elapsedMs: performance.now() - startedAt,
  };
}

function paintingOf({ models }: ImageEngine, job: MediaJob): Painting {
  const { content, params, signal } = job;
  const { width, height } = sizeOf(params['size']) ?? { width: DEFAULTS.side, height: DEFAULTS.side };
  return {
    prompt: content,
    negativePrompt: textParam(params, 'negative_prompt'),
    model: resolveModel(textParam(params, 'model'), models),
    width,
    height,
    count: numberParam(params, 'num_images') ?? 1,
    steps: numberParam(params, 'steps') ?? DEFAULTS.steps,
    guidanceScale: numberParam(params, 'guidance_scale') ?? DEFAULTS.guidanceScale,
    seed: numberParam(params, 'seed'),
    signal,
    onPercent: (percent) => job.progress(percent * MAKING_SHARE),
  };
}

function parametersOf({ prompt, negativePrompt, model, width, height, steps, guidanceScale }: Painting, seed?: number) {
  return {
    prompt,
    ...(negativePrompt !== undefined && { negative_prompt: negativePrompt }),
    model,
    size: `${width}x${height}`,
    steps,
    guidance_scale: guidanceScale,
    ...(seed !== undefined && { seed }),
  };
}
