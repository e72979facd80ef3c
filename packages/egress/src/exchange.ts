import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { type Connections, isSecure } from './connections.ts';
import type { Course } from './course.ts';
import type { Destination } from './destination.ts';
import { tooLarge } from './egress-error.ts';

/** One request to one destination. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Bytes of the answer's body, as they come. */
  readonly maxBytes: number;
  readonly course: Course;
  readonly connections: Connections;
}

/** An answer whose head has come, as it came. Whoever does not read its body to the end destroys it. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** Sends a request to one of the destination's addresses and nowhere else. */
export function exchange(destination: Destination, how: Exchange): Promise<RawAnswer> {
  const { url } = destination;
  const { method, headers, body, course } = how;
  const options = { method, headers, ...how.connections(destination) };
  return new Promise((resolve, reject) => {
    const request = isSecure(url) ? httpsRequest(url, options) : httpRequest(url, options);
    course.onStop((why) => request.destroy(why));
    request.once('response', (response) => resolve(answerOf(response, how)));
    request.on('error', reject);
    request.end(body);
  });
}

/** Takes an answer in, no faster than it is read, until its course is over. */
function answerOf(response: IncomingMessage, { maxBytes, course }: Exchange): RawAnswer {
  let bytes = 0;
  const body = new Readable({
    read() {
      course.moved();
      response.resume();
    },
    destroy(error, told) {
      if (!response.readableEnded) response.destroy();
      told(error && course.explain(error));
    },
  });
  // Whoever reads it is told, also when that begins later.
  body.on('error', () => undefined);
  course.moved();
  course.onStop((why) => body.destroy(why));
  response.on('data', (chunk: Buffer) => {
    course.moved();
    bytes += chunk.byteLength;
    if (bytes > maxBytes) body.destroy(tooLarge(maxBytes));
    else if (!body.push(chunk)) response.pause();
  });
  response.once('end', () => body.push(null));
  response.once('error', (error) => body.destroy(error));
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
