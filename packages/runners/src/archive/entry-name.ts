import { UnpackError } from './unpack-error.ts';

const MAX_PATH_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
const MAX_DEPTH = 32;
/** Control characters, what separates paths on other systems, halves of characters, and what stood for broken UTF-8. */
const UNFIT = /[\p{Cc}\p{Cs}\\\ufffd]/u;

/**
 * The path of an entry below the folder it is unpacked into, in segments; empty for that folder itself.
 *
 * @throws {UnpackError} when the name leads out of the folder, or would be another name elsewhere
 */
export function safeSegments(name: string): readonly string[] {
  const shown = JSON.stringify(name.slice(0, 200));
  if (UNFIT.test(name)) throw new UnpackError(`The archive has an entry with an unsafe name: ${shown}`);
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) {
    throw new UnpackError(`The archive has an entry with an absolute path: ${shown}`);
  }
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw new UnpackError(`The archive has an entry that leads out of it: ${shown}`);
  const isTooLong = segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES);
  if (isTooLong || Buffer.byteLength(name) > MAX_PATH_BYTES || segments.length > MAX_DEPTH) {
    throw new UnpackError(`The archive has an entry with too long a path: ${shown}`);
  }
  return segments;
}
