/** APIs on a node's own port whose every call is handed to the coordinator, which keeps the books. */
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { closeInStages } from '@plexus/listener';
import { MAX_BODY_BYTES } from '@plexus/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createByteLimit, TooLarge } from './byte-limit.ts';
import { within } from './deadline.ts';
import { type CoordinatorCalls, createCoordinatorCalls, Silence } from './coordinator-calls.ts';
import { forwardedHeaders } from './forward-headers.ts';
import type { ForwardedDialect, NodeRefusal } from './forwarded-dialects.ts';
import { Relay } from './relay.ts';

/** Longer than a job of OpenAI's API lives, of which nothing may be heard until its end. */
const SILENCE_MS = 620_000;
/** A body that says that it is no longer is sent when it is there whole, which costs less than one in pieces. */
const WHOLE_BYTES = 16 * 1024;
/** How long answers that are on their way when the node ends are waited for. */
const LAST_WORDS_MS = 500;
/** When to come back, as /readyz says. */
const RETRY_SECONDS = 1;

export interface ForwardOptions {
  /** Base of the coordinator's HTTP API, without a slash at the end. */
  readonly coordinatorUrl: string;
  readonly silenceMs?: number;
  /** Why this node does not speak with its coordinator now, for example because its key has changed. */
  readonly unready: () => string | undefined;
}

interface Coordinator extends CoordinatorCalls {
  readonly unready: ForwardOptions['unready'];
  /** What is being answered. */
  readonly open: Set<ServerResponse>;
}

/** Serves dialects by handing each call to the coordinator. Nothing in a request chooses another target. */
export function forwardDialects(
  server: FastifyInstance,
  dialects: readonly ForwardedDialect[],
  { coordinatorUrl, unready, silenceMs = SILENCE_MS }: ForwardOptions,
): void {
  const open = new Set<ServerResponse>();
  const coordinator = { ...createCoordinatorCalls(coordinatorUrl, silenceMs), unready, open };
  server.addHook('preClose', async () => {
    await within(Promise.all(Array.from(open, (response) => once(response, 'close'))), LAST_WORDS_MS);
  });
  server.addHook('onClose', async () => coordinator.close());
  void server.register(async (scope) => {
    // Bodies go through as they come.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const dialect of dialects) {
      for (const { method, path } of Object.values(dialect.endpoints)) {
        scope.route({
          method,
          url: path.replace(/\{(\w+)\}/g, ':$1'),
          handler: (request, reply) => forward(coordinator, path, { dialect, request, reply }),
        });
      }
    }
  });
}

class Unready extends Error {
  override readonly name = 'Unready';
}

/** Made anew from the endpoint's own path, so that no other one can be reached. */
function pathOf(path: string, { params, url }: FastifyRequest): string {
  const given = params as Readonly<Record<string, string>>;
  const queryAt = url.indexOf('?');
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given[name] ?? ''));
  return filled + (queryAt === -1 ? '' : url.slice(queryAt));
}

interface Exchange {
  readonly dialect: ForwardedDialect;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function forward(coordinator: Coordinator, path: string, exchange: Exchange): Promise<void> {
  const { dialect, request, reply } = exchange;
  reply.hijack();
  const onFailure = (error: unknown): void => refuse(coordinator.url, error, exchange);
  const reason = coordinator.unready();
  // A key is shown to nobody but the coordinator that the node has proven itself to.
  if (reason !== undefined) return onFailure(new Unready(reason));
  // The coordinator would close the connection in the middle of it.
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) return onFailure(new TooLarge(MAX_BODY_BYTES));
  const relay = new Relay({ request: request.raw, client: reply.raw, onFailure });
  const whole = await wholeOf(request.raw);
  if (relay.isOver || whole === undefined) return;
  coordinator.open.add(reply.raw);
  reply.raw.once('close', () => coordinator.open.delete(reply.raw));
  const headers = { ...forwardedHeaders(request), ...dialect.headers?.(request) };
  if (isBodiless(request)) delete headers['content-length'];
  const sent = coordinator.send({ path: dialect.prefix + pathOf(path, request), method: request.method, headers });
  relay.follow(sent);
  if (whole !== 'in pieces') sent.end(whole);
  else pass(request.raw, sent, relay);
}

/** Hands a body on as it comes, until it is too long. */
function pass(body: IncomingMessage, sent: ClientRequest, relay: Relay): void {
  const limit = createByteLimit(MAX_BODY_BYTES);
  // What was answered before its end is thrown away: the client's next call comes behind it.
  sent.once('close', () => body.unpipe(limit).resume());
  limit.once('error', (error) => {
    relay.fail(error);
    sent.destroy();
  });
  body.pipe(limit).pipe(sent);
}

/** A body that is short; nothing when the client left before its end. */
async function wholeOf(request: IncomingMessage): Promise<Buffer | undefined | 'in pieces'> {
  if (isBodiless(request)) {
    request.resume();
    return Buffer.alloc(0);
  }
  const isShort = Number(request.headers['content-length'] ?? 0) <= WHOLE_BYTES;
  if (!isShort || request.headers['transfer-encoding'] !== undefined) return 'in pieces';
  return await new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => resolve(undefined));
  });
}

/** A body of these has no meaning (RFC 9110, section 9.3.1), and would hide a second call if it went on. */
function isBodiless({ method }: Pick<IncomingMessage, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refuse({ host }: URL, error: unknown, { dialect, request, reply }: Exchange): void {
  const refusal = refusalFor(error, host);
  const body = JSON.stringify(dialect.words(refusal, request.id));
  closeInStages(request.raw);
  reply.raw.writeHead(refusal.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': request.id,
    ...(refusal.status === 503 && { 'retry-after': String(RETRY_SECONDS) }),
    // What is left of the request's body is not looked at.
    ...(!request.raw.complete && { connection: 'close' }),
  });
  reply.raw.end(body);
}

function refusalFor(error: unknown, host: string): NodeRefusal {
  if (error instanceof TooLarge) return { status: 413, code: 'malformed_request', message: error.message };
  const where = `The coordinator of this node, ${host},`;
  if (error instanceof Unready) {
    const message = `This node is not connected to its coordinator, ${host}: ${error.message}`;
    return { status: 503, code: 'coordinator_unreachable', message };
  }
  if (error instanceof Silence) {
    return { status: 504, code: 'coordinator_silent', message: `${where} did not answer in time` };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { status: 502, code: 'coordinator_unreachable', message: `${where} cannot be reached: ${reason}` };
}
