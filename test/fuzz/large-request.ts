/** Requests whose bodies are too large to be read before they are refused, in every framing. */
import fc from 'fast-check';
import type { RawRequest } from './raw-http.ts';

/** Beyond what a socket holds, so that somebody has to read it or to throw it away. */
const BYTES = [70_000, 250_000, 1_000_000];
const TYPES = ['text/plain', 'application/octet-stream', 'application/json', 'multipart/form-data; boundary=x', 'json'];
/** How long the body is said to be. A lie ends with the connection. */
const FRAMINGS = ['length', 'length', 'chunks', 'chunks', 'too short', 'both', 'no chunks'] as const;
const METHODS = ['POST', 'PUT', 'GET', 'HEAD', 'DELETE'];
const CHUNK_BYTES = 60_000;

export interface LargeRequest {
  readonly request: RawRequest;
  readonly isLie: boolean;
}

/** @param small requests in whose place they come */
export function largeRequests(small: fc.Arbitrary<RawRequest>): fc.Arbitrary<LargeRequest> {
  return fc
    .record({
      small,
      bytes: fc.constantFrom(...BYTES),
      type: fc.constantFrom(...TYPES),
      framing: fc.constantFrom(...FRAMINGS),
      method: fc.option(fc.constantFrom(...METHODS), { freq: 2, nil: undefined }),
      waits: fc.boolean(),
    })
    .map(({ small: { method: own, target, headers }, bytes, type, framing, method = own, waits }) => {
      const kept = headers.filter(([name]) => !['content-type', 'content-length', 'expect'].includes(name));
      const more = [['content-type', type] as const, ...(waits ? [['expect', '100-continue'] as const] : [])];
      const head = { method, target, headers: [...kept, ...more] };
      return { request: framed(head, Buffer.alloc(bytes, 'x'), framing), isLie: LIES.includes(framing) };
    });
}

type Framing = (typeof FRAMINGS)[number];
const LIES: readonly Framing[] = ['too short', 'both', 'no chunks'];

function framed(head: RawRequest, body: Buffer, framing: Framing): RawRequest {
  const chunked = ['transfer-encoding', 'chunked'] as const;
  const length = ['content-length', String(body.length >> (framing === 'too short' ? 1 : 0))] as const;
  switch (framing) {
    case 'length':
    case 'too short':
      return { ...head, headers: [...head.headers, length], body };
    case 'chunks':
      return { ...head, headers: [...head.headers, chunked], body: inChunks(body) };
    case 'both':
      return { ...head, headers: [...head.headers, length, chunked], body: inChunks(body) };
    case 'no chunks':
      return { ...head, headers: [...head.headers, chunked], body };
  }
}

function inChunks(body: Buffer): Buffer {
  const starts = Array.from({ length: Math.ceil(body.length / CHUNK_BYTES) }, (_, at) => at * CHUNK_BYTES);
  const chunks = starts.flatMap((start) => {
    const chunk = body.subarray(start, start + CHUNK_BYTES);
    return [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')];
  });
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}
