/** APIs on a node's own port whose every call is handed to the coordinator, which keeps the books. */
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { MAX_BODY_BYTES } from '@plexus/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerHeaders, forwardedHeaders } from './forward-headers.ts';
import type { ForwardedDialect, NodeRefusal } from './forwarded-dialects.ts';
import { createByteLimit, TooLarge } from './byte-limit.ts';

/** Longer than a job of OpenAI's API lives, of which nothing may be heard until its end. */
const SILENCE_MS = 620_000;
/** Calls at once; what is beyond them waits with its client's connection. */
const MAX_SOCKETS = 1000;

export interface ForwardOptions {
  /** Base of the coordinator's HTTP API, without a slash at the end. */
  readonly coordinatorUrl: string;
  readonly silenceMs?: number;
  /** Why this node does not speak with its coordinator now, for example because its key has changed. */
  readonly unready: () => string | undefined;
}

interface Coordinator {
  readonly url: URL;
  readonly unready: ForwardOptions['unready'];
  /** Begins a request for a path under its base. */
  send(path: string, options: { method: string; headers: Record<string, string>; signal: AbortSignal }): ClientRequest;
}

/** Serves dialects by handing each call to the coordinator. Nothing in a request chooses another target. */
export function forwardDialects(
  server: FastifyInstance,
  dialects: readonly ForwardedDialect[],
  options: ForwardOptions,
): void {
  const { unready } = options;
  const { url, agent, send } = connectTo(options);
  server.addHook('onClose', async () => agent.destroy());
  void server.register(async (scope) => {
    // Bodies go through as they come.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const dialect of dialects) {
      for (const { method, path } of Object.values(dialect.endpoints)) {
        scope.route({
          method,
          url: path.replace(/\{(\w+)\}/g, ':$1'),
          handler: (request, reply) => forward({ url, send, unready }, path, { dialect, request, reply }),
        });
      }
    }
  });
}

function connectTo({ coordinatorUrl, silenceMs = SILENCE_MS }: ForwardOptions) {
  const url = new URL(coordinatorUrl);
  const isSecure = url.protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: silenceMs };
  const agent = isSecure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const base = url.pathname.replace(/\/+$/, '');
  const send: Coordinator['send'] = (path, options) => {
    const target = { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port };
    const all = { ...options, ...target, path: base + path, agent, timeout: silenceMs };
    const sent = isSecure ? httpsRequest(all) : httpRequest(all);
    sent.once('timeout', () => sent.destroy(new Silent(`It did not answer within ${silenceMs} ms`)));
    return sent;
  };
  return { url, agent, send };
}

class Unready extends Error {
  override readonly name = 'Unready';
}

class Silent extends Error {
  override readonly name = 'Silent';
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
  const client = reply.raw;
  const reason = coordinator.unready();
  // A key is shown to nobody but the coordinator that the node has proven itself to.
  if (reason !== undefined) return refuse(coordinator.url, new Unready(reason), exchange);
  // The coordinator would close the connection in the middle of it.
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) {
    return refuse(coordinator.url, new TooLarge(MAX_BODY_BYTES), exchange);
  }
  const gone = new AbortController();
  const leave = (): void => gone.abort(new Error('The client went away'));
  client.once('close', leave);
  // It may have left while its request was looked at.
  if (client.destroyed) leave();
  let sent: ClientRequest | undefined;
  try {
    const headers = { ...forwardedHeaders(request), ...dialect.headers?.(request) };
    if (isBodiless(request)) delete headers['content-length'];
    sent = coordinator.send(dialect.prefix + pathOf(path, request), {
      method: request.method,
      headers,
      signal: gone.signal,
    });
    const answer = await answerTo(sent, request.raw);
    client.writeHead(answer.statusCode ?? 502, answerHeaders(answer, request.raw));
    // The head of a stream says that a node has begun.
    client.flushHeaders();
    await pipeline(answer, client);
  } catch (error) {
    // An answer that broke off must not look as if it had ended.
    if (client.headersSent || gone.signal.aborted) client.destroy();
    else refuse(coordinator.url, error, exchange);
  } finally {
    client.off('close', leave);
    // What was answered before its end must not be gone on with under the next call.
    if (sent?.writableFinished === false) sent.destroy();
  }
}

/** Sends the body as the coordinator takes it, until the answer begins, which may be before the body's end. */
function answerTo(sent: ClientRequest, body: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const limit = createByteLimit(MAX_BODY_BYTES);
    const fail = (error: Error): void => {
      body.unpipe(limit);
      sent.destroy();
      reject(error);
    };
    sent.once('response', resolve);
    sent.on('error', fail);
    if (isBodiless(body)) {
      body.resume();
      sent.end();
      return;
    }
    limit.once('error', fail);
    body.pipe(limit).pipe(sent);
  });
}

/** A body of these has no meaning (RFC 9110, section 9.3.1), and Node.js would send it without a frame. */
function isBodiless({ method }: Pick<IncomingMessage, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refuse({ host }: URL, error: unknown, { dialect, request, reply }: Exchange): void {
  const refusal = refusalFor(error, host);
  const body = JSON.stringify(dialect.words(refusal));
  reply.raw.writeHead(refusal.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': request.id,
    // What is left of the request's body is not read.
    ...(!request.raw.complete && { connection: 'close' }),
  });
  reply.raw.end(body);
  request.raw.resume();
}

function refusalFor(error: unknown, host: string): NodeRefusal {
  if (error instanceof TooLarge) return { status: 413, code: 'malformed_request', message: error.message };
  const where = `The coordinator of this node, ${host},`;
  if (error instanceof Unready) {
    const message = `This node is not connected to its coordinator, ${host}: ${error.message}`;
    return { status: 503, code: 'coordinator_unreachable', message };
  }
  if (error instanceof Silent) {
    return { status: 504, code: 'coordinator_silent', message: `${where} did not answer in time` };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { status: 502, code: 'coordinator_unreachable', message: `${where} cannot be reached: ${reason}` };
}
