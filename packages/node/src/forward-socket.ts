/** A WebSocket on a node's own port whose other end is the coordinator: bytes go through as they come. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { isOwnPage } from '@plexus/protocol';
import type { HostGuard } from './host-guard.ts';

const PATHS = ['/ws/metrics'];
const MAX_SOCKETS = 256;
const OPEN_TIMEOUT_MS = 10_000;
/** What a WebSocket is opened with. Source: RFC 6455, section 4.1. */
const OPENING = ['connection', 'upgrade', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol'];

export interface SocketForwarding {
  readonly coordinatorUrl: string;
  readonly isMeant: HostGuard;
}

/** Serves the paths of sockets; whatever else wants one is refused. */
export function forwardSockets(server: Server, { coordinatorUrl, isMeant }: SocketForwarding): void {
  const open = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    const [path = ''] = (request.url ?? '').split('?');
    const { host = '', origin } = request.headers;
    if (!PATHS.includes(path)) return refuse(client, '404 Not Found');
    if (!isMeant(host) || (origin !== undefined && !isOwnPage(origin, host))) return refuse(client, '403 Forbidden');
    if (open.size >= MAX_SOCKETS) return refuse(client, '503 Service Unavailable');
    open.add(client);
    client.once('close', () => open.delete(client));
    connect(coordinatorUrl + path, { request, client, head });
  });
  server.on('close', () => open.forEach((client) => client.destroy()));
}

interface Opening {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly head: Buffer;
}

function connect(url: string, { request, client, head }: Opening): void {
  const given = Object.entries(request.headers).filter(([name]) => OPENING.includes(name));
  const options = { headers: Object.fromEntries(given), timeout: OPEN_TIMEOUT_MS };
  const sent = url.startsWith('https:') ? httpsRequest(url, options) : httpRequest(url, options);
  client.once('close', () => sent.destroy());
  sent.once('timeout', () => sent.destroy(new Error('The coordinator was silent')));
  sent.once('error', () => refuse(client, '502 Bad Gateway'));
  sent.once('response', (answer) => {
    answer.resume();
    refuse(client, `${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`);
  });
  sent.once('upgrade', (answer, upstream: Duplex, first: Buffer) => {
    sent.setTimeout(0);
    const headers = answer.rawHeaders.reduce((lines, text, at) => lines + text + (at % 2 === 0 ? ': ' : '\r\n'), '');
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
    client.write(first);
    upstream.write(head);
    upstream.on('error', () => client.destroy()).once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    upstream.pipe(client).pipe(upstream);
  });
  sent.end();
}

function refuse(client: Duplex, status: string): void {
  if (client.destroyed) return;
  const body = JSON.stringify({ detail: `There is no WebSocket here: ${status}` });
  const head = [
    `HTTP/1.1 ${status}`,
    `x-request-id: ${randomUUID()}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  client.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
