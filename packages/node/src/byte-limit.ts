import { Transform } from 'node:stream';

/** More came than may come. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';

  constructor(maxBytes: number) {
    super(`The body of the request is longer than ${maxBytes} bytes`);
  }
}

/** Hands bytes on, and fails with `TooLarge` at the first one too many. */
export function createByteLimit(maxBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.byteLength;
      if (size > maxBytes) done(new TooLarge(maxBytes));
      else done(null, chunk);
    },
  });
}
