import { RunError } from '../runner.ts';

/** First bytes of the kinds of images that servers make, and how such files are called. */
const KINDS = [
  { ending: 'png', magic: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { ending: 'jpg', magic: Buffer.from([0xff, 0xd8, 0xff]) },
  { ending: 'webp', magic: Buffer.from('RIFF') },
] as const;

/**
 * The last images of an answer, as many as were asked for.
 *
 * @throws {RunError} ENGINE_FAILED when they are fewer
 */
export function imagesOf(encoded: readonly string[], count: number): readonly Uint8Array[] {
  const images = encoded.slice(-count).map((text) => Buffer.from(text.replace(/^data:[^,]*,/, ''), 'base64'));
  if (images.length < count) {
    throw new RunError('ENGINE_FAILED', `The image server made ${images.length} images, and ${count} were asked for`);
  }
  return images;
}

/** The ending for a file with an image. @throws {RunError} ENGINE_FAILED when it is none */
export function endingOf(image: Uint8Array): string {
  const kind = KINDS.find(({ magic }) => magic.equals(image.subarray(0, magic.length)));
  if (kind) return kind.ending;
  throw new RunError('ENGINE_FAILED', 'The image server answered with what is no image');
}
