import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Authenticator, Caller } from '@plexus/core';

const NODE_PATH = '/ws/node';

/** The status that refuses an upgrade before anything is looked up. */
export function refusalOf(
  request: IncomingMessage,
  isAllowed: (request: IncomingMessage) => boolean,
): number | undefined {
  if (urlOf(request).pathname !== NODE_PATH) return 404;
  return isAllowed(request) ? undefined : 403;
}

/**
 * Who brings a token, if somebody does.
 *
 * @throws {DomainError} when the token that it brings is not a valid one
 */
export async function callerOf(request: IncomingMessage, authenticator: Authenticator): Promise<Caller | undefined> {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = bearer ?? urlOf(request).searchParams.get('token') ?? undefined;
  return token === undefined ? undefined : await authenticator.authenticate(token);
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://localhost';
  return URL.canParse(url, base) ? new URL(url, base) : new URL(base);
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

/** Answers and closes: from here on no timeout of the HTTP server ends the connection. */
export function refuseUpgrade(stream: Duplex, status: number): void {
  const text = STATUS_TEXT[status] ?? 'Error';
  const head = `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  stream.end(head, () => stream.destroy());
}
