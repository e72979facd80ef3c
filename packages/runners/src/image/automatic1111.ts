/** AUTOMATIC1111's API, which stable-diffusion.cpp's server, Forge and SD.Next speak, too. Source: its `/sdapi/v1` schemas. */
import { randomUUID } from 'node:crypto';
import Type from 'typebox';
import type { UpstreamAddress } from '../llm/upstream-http.ts';
import { followTask } from './automatic-task.ts';
import { imagesOf } from './base64-images.ts';
import { askImages, listModels } from './image-calls.ts';
import type { ImageEngine, Painted, Painting } from './image-engine.ts';

const Models = Type.Array(Type.Object({ title: Type.String(), model_name: Type.Optional(Type.String()) }));
const Answer = Type.Object({ images: Type.Array(Type.String()), info: Type.Optional(Type.String()) });

/** @returns undefined when the server does not speak this API */
export async function openAutomatic1111(
  address: UpstreamAddress,
  signal: AbortSignal,
): Promise<ImageEngine | undefined> {
  const listed = await listModels(Models, { address, path: '/sdapi/v1/sd-models', signal });
  if (!listed || listed.length === 0) return undefined;
  const titles = new Map(listed.map(({ title, model_name: name = title }) => [name, title]));
  return {
    name: 'AUTOMATIC1111 API',
    models: [...titles.keys()],
    paint: (painting) => paint(address, titles, painting),
  };
}

async function paint(
  address: UpstreamAddress,
  titles: ReadonlyMap<string, string>,
  { prompt, negativePrompt, model, width, height, count, steps, guidanceScale, seed, signal, onPercent }: Painting,
): Promise<Painted> {
  const id = `plexus-${randomUUID()}`;
  const body = {
    force_task_id: id,
    prompt,
    ...(negativePrompt !== undefined && { negative_prompt: negativePrompt }),
    width,
    height,
    steps,
    cfg_scale: guidanceScale,
    batch_size: count,
    seed: seed ?? -1,
    override_settings: { sd_model_checkpoint: titles.get(model) ?? model },
    override_settings_restore_afterwards: false,
    send_images: true,
    save_images: false,
  };
  const answer = await followTask({ id, address, onPercent }, () =>
    askImages(Answer, { address, path: '/sdapi/v1/txt2img', body, signal }),
  );
  // A grid of all images may stand before or behind them.
  return { images: imagesOf(answer.images, count), unsafe: [], seed: seedIn(answer.info) };
}

function seedIn(info = '{}'): number | undefined {
  try {
    const { seed } = JSON.parse(info) as { readonly seed?: unknown };
    return typeof seed === 'number' && Number.isSafeInteger(seed) ? seed : undefined;
  } catch {
    return undefined;
  }
}
