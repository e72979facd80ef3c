import { DomainError } from '../errors.ts';
import type { Content } from './artifact-store.ts';

/** Bytes that show what an archive is: a tar's first header. */
const HEAD_BYTES = 512;
/** Place of `ustar` in it. Source: POSIX.1-1988, which GNU and pax archives keep to. */
const USTAR_AT = 257;

const GZIP = [0x1f, 0x8b];
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const USTAR = [0x75, 0x73, 0x74, 0x61, 0x72];

/** Whether a content begins as a tar, a compressed tar or a zip archive with something in it. */
function isArchive(head: Uint8Array): boolean {
  const has = (bytes: readonly number[], at: number) => bytes.every((byte, index) => head[at + index] === byte);
  return has(GZIP, 0) || has(ZIP, 0) || has(USTAR, USTAR_AT);
}

/**
 * Hands an archive on, and stops at the beginning of what is none.
 *
 * @yields pieces as they come
 * @throws {DomainError} INVALID_INPUT
 */
export async function* requireArchive(content: Content): Content {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of content) {
    head = head && joined(head, chunk);
    if (head && head.length < HEAD_BYTES) continue;
    if (head) requireHead(head);
    yield head ?? chunk;
    head = undefined;
  }
  if (!head) return;
  requireHead(head);
  yield head;
}

function requireHead(head: Uint8Array): void {
  if (isArchive(head)) return;
  const message = 'The body must be a tar, tar.gz or zip archive, as the file itself (curl --data-binary @FILE)';
  throw new DomainError('INVALID_INPUT', message, { field: 'body' });
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
