/** A small OpenAI-compatible server: the same words for the same prompt, one a token, at a steady pace. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sleep } from './wait.ts';

const MODEL = 'words';
const WORDS = ['call ', 'me ', 'what ', 'you ', 'will, ', 'the ', 'sea ', 'was '];
const TOKEN_MS = 4;
const DEFAULT_TOKENS = 16;
/** Longer prompts are refused, as by an engine with a small context. */
const MAX_PROMPT_CHARACTERS = 2000;

interface Asked {
  readonly isChat: boolean;
  readonly prompt: string;
  readonly tokens: number;
  readonly isStream: boolean;
}

export async function startUpstream(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}/v1`, close };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/v1/models')
    return json(response, 200, { object: 'list', data: [{ id: MODEL, object: 'model' }] });
  const isChat = request.url === '/v1/chat/completions';
  if (!isChat && request.url !== '/v1/completions') return json(response, 404, { error: { message: 'not here' } });
  const asked = askedOf(JSON.parse(await text(request)), isChat);
  if (asked.prompt.length > MAX_PROMPT_CHARACTERS) {
    return json(response, 400, { error: { message: 'The prompt is too long', code: 'context_length_exceeded' } });
  }
  return asked.isStream ? await stream(response, asked) : json(response, 200, whole(asked));
}

/** @param body as the node sends it; the node is the only one that asks */
function askedOf(body: Record<string, unknown>, isChat: boolean): Asked {
  const prompt = isChat ? JSON.stringify(body['messages']) : String(body['prompt']);
  const tokens = Number(body['max_tokens'] ?? DEFAULT_TOKENS);
  return { isChat, prompt, tokens, isStream: body['stream'] === true };
}

async function stream(response: ServerResponse, asked: Asked): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let at = 0; at < asked.tokens && !response.destroyed; at++) {
    write(response, { choices: [choice(asked, wordAt(asked, at), null)], usage: usage(at + 1) });
    await sleep(TOKEN_MS);
  }
  write(response, { choices: [choice(asked, '', 'length')], usage: usage(asked.tokens) });
  write(response, { choices: [], usage: usage(asked.tokens) });
  response.end('data: [DONE]\n\n');
}

function whole(asked: Asked): object {
  const answer = Array.from({ length: asked.tokens }, (_, at) => wordAt(asked, at)).join('');
  const form = asked.isChat ? { message: { role: 'assistant', content: answer } } : { text: answer };
  return {
    object: 'answer',
    model: MODEL,
    choices: [{ index: 0, finish_reason: 'length', ...form }],
    usage: usage(asked.tokens),
  };
}

function choice({ isChat }: Asked, piece: string, finish_reason: string | null): object {
  return { index: 0, finish_reason, ...(isChat ? { delta: { content: piece } } : { text: piece }) };
}

function wordAt({ prompt }: Asked, at: number): string {
  return WORDS[(prompt.length + at) % WORDS.length] ?? '';
}

function usage(completion_tokens: number): object {
  return { prompt_tokens: 3, completion_tokens, total_tokens: 3 + completion_tokens };
}

function write(response: ServerResponse, event: object): void {
  response.write(`data: ${JSON.stringify({ object: 'chunk', model: MODEL, ...event })}\n\n`);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
