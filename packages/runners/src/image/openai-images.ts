/** OpenAI's API of images, which LocalAI and others speak, too. Source: OpenAI API reference, "Create image". */
import Type from 'typebox';
import type { UpstreamAddress } from '../llm/upstream-http.ts';
import { imagesOf } from './base64-images.ts';
import { askImages, listModels } from './image-calls.ts';
import type { ImageEngine, Painted, Painting } from './image-engine.ts';

const Models = Type.Object({ data: Type.Array(Type.Object({ id: Type.String() })) });
const Answer = Type.Object({ data: Type.Array(Type.Object({ b64_json: Type.String() })) });

/** @returns undefined when the server does not speak this API */
export async function openOpenAiImages(
  address: UpstreamAddress,
  signal: AbortSignal,
): Promise<ImageEngine | undefined> {
  const listed = await listModels(Models, { address, path: '/models', signal });
  if (!listed || listed.data.length === 0) return undefined;
  return {
    name: 'OpenAI images API',
    models: listed.data.map(({ id }) => id),
    paint: (painting) => paint(address, painting),
  };
}

/** This API knows neither steps nor a seed. */
async function paint(
  address: UpstreamAddress,
  { prompt, model, width, height, count: n, signal }: Painting,
): Promise<Painted> {
  const body = { prompt, model, n, size: `${width}x${height}`, response_format: 'b64_json' };
  const answer = await askImages(Answer, { address, path: '/images/generations', body, signal });
  const images = answer.data.map(({ b64_json: image }) => image);
  return { images: imagesOf(images, n), unsafe: [], seed: undefined };
}
