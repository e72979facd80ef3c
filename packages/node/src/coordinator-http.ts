import { type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';

/** Silence after which a connection is given up. */
const SILENCE_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** One request to the coordinator, outside of the WebSocket. */
export interface CoordinatorCall {
  /** Base of the coordinator's HTTP API, without a slash at the end. */
  readonly baseUrl: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string | number>;
  readonly body?: Readable;
  readonly signal: AbortSignal;
}

/** Sends it; resolves with the answer's head, or fails with why it was given up. Follows nothing, and repeats nothing. */
export async function callCoordinator({ baseUrl, path, body, ...call }: CoordinatorCall): Promise<IncomingMessage> {
  const url = new URL(baseUrl + path);
  const options: RequestOptions = { ...call, timeout: SILENCE_MS };
  const sent = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
  sent.once('timeout', () => sent.destroy(new Error(`${url.host} was silent for ${SILENCE_MS} ms`)));
  const answer = answerTo(sent, call.signal);
  if (!body) sent.end();
  // A refusal may come before the body's end, and then ends it.
  else pipeline(body, sent).catch(() => undefined);
  return await answer;
}

function answerTo(sent: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', (error) => reject(signal.aborted ? signal.reason : error));
  });
}

/** A short answer as text. */
export async function readAnswer(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > MAX_ANSWER_BYTES) throw new Error('The coordinator answered at too great length');
  }
  return text;
}
