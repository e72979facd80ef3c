import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Course } from './course.ts';
import { EgressError } from './egress-error.ts';

/** What is asked for; anything else that comes is refused. */
export const ACCEPTED_ENCODINGS = 'gzip, br';

/**
 * The body of an answer, unpacked. Reading it fails with too_large as soon as more bytes than that came, packed or
 * unpacked, and with what `course` makes of any other error.
 *
 * @throws {EgressError} too_large, bad_encoding
 */
export function boundedBody(response: IncomingMessage, maxBytes: number, course: Course): Readable {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const decoder = decoderOf(response);
  const last = counter(maxBytes, (error) => course.explain(error));
  // What goes wrong on the way ends the last stage, where it is read; whoever destroys that one ends all.
  pipeline(decoder ? [response, counter(maxBytes), decoder, last] : [response, last], () => undefined);
  return last;
}

function decoderOf({ headers }: IncomingMessage): Transform | undefined {
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

function counter(maxBytes: number, explain = (error: Error) => error): Transform {
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

function tooLarge(maxBytes: number): EgressError {
  return new EgressError('too_large', `The answer has more than ${maxBytes} bytes`);
}
