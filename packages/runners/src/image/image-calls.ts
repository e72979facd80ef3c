/** Calls to an image server, whichever API it speaks. */
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { callJson, type UpstreamCall } from '../llm/upstream-http.ts';
import { RunError } from '../runner.ts';

/** How long it may take, and how much it may answer. */
const LIST_MS = 10_000;
const PAINT_MS = 5 * 60_000;
const MAX_IMAGES_BYTES = 64 * 1024 * 1024;

type ImageCall = Pick<UpstreamCall, 'address' | 'path' | 'body' | 'signal'>;

/** The models that it lists; undefined when it does not speak this API. */
export async function listModels<T extends TSchema>(schema: T, call: ImageCall): Promise<Static<T> | undefined> {
  const listed = await callJson({ ...call, firstByteMs: LIST_MS, idleMs: LIST_MS }).catch(() => undefined);
  return Check(schema, listed) ? listed : undefined;
}

/** @throws {RunError} ENGINE_FAILED when it does not answer with images */
export async function askImages<T extends TSchema>(schema: T, call: ImageCall): Promise<Static<T>> {
  const times = { firstByteMs: PAINT_MS, idleMs: PAINT_MS };
  const answer = await callJson({ ...call, ...times, maxBytes: MAX_IMAGES_BYTES });
  if (Check(schema, answer)) return answer;
  throw new RunError('ENGINE_FAILED', 'The image server did not answer with images');
}
