/** What a server says to somebody whose bytes are no request: they reach no route, so that no dialect words it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Bytes of a request's line and headers: Infernet's clients name a thousand jobs in one address. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** By Node.js's code of the error; any other means that it is not HTTP. */
const WORDS: Readonly<Record<string, readonly [status: number, reason: string, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not come in time'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers of the request are too large'],
};
const NO_HTTP = [400, 'Bad Request', 'The request is not HTTP/1.1 as it should be'] as const;

/** Time a client has to take the answer: one that is still sending would lose it if the socket were closed at once. */
const TAKE_MS = 1000;

/** The answer that is on its way. Node's own handler looks at this field, too, for which there is no public name. */
interface AnsweringSocket extends Duplex {
  readonly _httpMessage?: ServerResponse<IncomingMessage> | null;
}

/**
 * Answers what is no request. What came whole before it is answered in its place, so that nobody is told of a refusal
 * of what was done; and nothing is written into an answer that is on its way.
 *
 * @param code of the error that Node.js found
 */
export function answerClientError({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  const answer = (socket as AnsweringSocket)._httpMessage;
  if (code === 'ECONNRESET' || !socket.writable || answer?.headersSent === true) {
    socket.destroy();
  } else if (answer?.req.complete === true) {
    socket.pause();
    answer.shouldKeepAlive = false;
  } else {
    socket.end(clientErrorAnswer(code, randomUUID()));
    setTimeout(() => socket.destroy(), TAKE_MS).unref();
  }
}

/** A whole answer, after which the connection must be closed. */
export function clientErrorAnswer(code: string | undefined, requestId: string): string {
  const [status, reason, detail] = WORDS[code ?? ''] ?? NO_HTTP;
  const body = JSON.stringify({ detail });
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${body.length}`,
    `x-request-id: ${requestId}`,
    '',
    body,
  ].join('\r\n');
}
