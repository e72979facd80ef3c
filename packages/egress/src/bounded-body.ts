import type { IncomingHttpHeaders } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Course } from './course.ts';
import { EgressError, tooLarge } from './egress-error.ts';
import type { RawAnswer } from './exchange.ts';

/** What is asked for; anything else that comes is refused. */
export const ACCEPTED_ENCODINGS = 'gzip, br';

/**
 * The body of an answer, unpacked. Reading it fails with too_large as soon as more bytes than that came out of it, and
 * with what `course` makes of any other error.
 *
 * @throws {EgressError} too_large, bad_encoding
 */
export function boundedBody({ headers, body }: RawAnswer, maxBytes: number, course: Course): Readable {
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const decoder = decoderOf(headers);
  if (!decoder) return body;
  const last = counter(maxBytes, (error) => course.explain(error));
  // What goes wrong on the way ends the last stage, where it is read; whoever destroys that one ends all.
  pipeline([body, decoder, last], () => undefined);
  return last;
}

function decoderOf(headers: IncomingHttpHeaders): Transform | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  switch (encoding) {
    case 'identity':
    case '':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new EgressError(
        'bad_encoding',
        `The answer is packed as "${encoding.slice(0, 40)}", which was not asked for`,
      );
  }
}

function counter(maxBytes: number, explain: (error: Error) => Error): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
    destroy: (error, done) => done(error && explain(error)),
  });
}
