import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { EngineError } from './engine-error.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its query. No version stands before it: the engine then takes its newest. */
  readonly path: string;
  readonly json?: unknown;
  readonly body?: Readable;
  readonly headers?: Readonly<Record<string, string>>;
  /** Until the last byte. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of an answer that comes in lines; such an answer is not kept. */
  readonly onLine?: (line: string) => void;
}

/** Requests to a container engine over its unix socket. */
export interface EngineHttp {
  /** @throws {EngineError} also when the engine answers with a status of 400 and more */
  call(call: EngineCall): Promise<Buffer>;
}

export function createEngineHttp(socketPath: string): EngineHttp {
  return {
    async call(call) {
      const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = call;
      const deadline = AbortSignal.timeout(timeoutMs);
      const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
      try {
        return await exchange(socketPath, call, either);
      } catch (error) {
        if (error instanceof EngineError || signal?.aborted) throw error;
        const why = deadline.aborted ? `did not answer within ${timeoutMs / 1000} s` : 'cannot be reached';
        throw new EngineError(`The container engine at ${socketPath} ${why}`, undefined, { cause: error });
      }
    },
  };
}

/** The shapes are those of Docker's API, which the engine has said it speaks. */
export async function callJson<T>(http: EngineHttp, call: EngineCall): Promise<T> {
  return JSON.parse((await http.call(call)).toString('utf8')) as T;
}

async function exchange(socketPath: string, call: EngineCall, signal: AbortSignal): Promise<Buffer> {
  const answer = await send(socketPath, call, signal);
  const { statusCode = 0 } = answer;
  if (statusCode >= 400) throw new EngineError(messageIn(await read(answer), statusCode), statusCode);
  return await read(answer, call.onLine);
}

function send(socketPath: string, call: EngineCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, path, json, body, headers = {} } = call;
  const text = json === undefined ? undefined : JSON.stringify(json);
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      socketPath,
      method,
      path,
      signal,
      agent: false,
      headers: {
        host: 'engine',
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
    });
    request.once('response', resolve);
    request.once('error', reject);
    if (!body) return void request.end(text);
    body.once('error', (cause) => request.destroy(new EngineError(cause.message, undefined, { cause })));
    body.pipe(request);
  });
}

async function read(answer: IncomingMessage, onLine?: (line: string) => void): Promise<Buffer> {
  if (onLine) return await readLines(answer, onLine);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > MAX_ANSWER_BYTES) throw new EngineError(`The engine's answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function readLines(answer: IncomingMessage, onLine: (line: string) => void): Promise<Buffer> {
  let rest = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    const lines = (rest + String(chunk)).split('\n');
    rest = (lines.pop() ?? '').slice(-MAX_ANSWER_BYTES);
    for (const line of lines) onLine(line);
  }
  if (rest !== '') onLine(rest);
  return Buffer.alloc(0);
}

/** Docker says `message`, Podman beside it `cause`. */
function messageIn(body: Buffer, status: number): string {
  try {
    const { message } = JSON.parse(body.toString('utf8')) as { readonly message?: unknown };
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // Said below, like any other answer without a message.
  }
  return `The container engine answered HTTP ${status}`;
}
