import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { clientErrorAnswer } from '@plexus/protocol';

/** Time a client has to take the answer: one that is still sending would lose it if the socket were closed at once. */
const TAKE_MS = 1000;

/**
 * Answers what is no request. What came whole before it is answered in its place, so that nobody is told of a refusal
 * of what was done; and nothing is written into an answer that is on its way.
 */
export function answerClientError({ code }: Error & { readonly code?: string }, socket: Socket): void {
  // Node's own handler looks at the same field, for which there is no public name.
  const { _httpMessage: answer } = socket as Socket & { readonly _httpMessage?: ServerResponse | null };
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
