import type { IncomingMessage } from 'node:http';
import type { Authenticator, Caller } from '@plexus/core';
import type { UpgradeRefusal } from './upgrade-refusal.ts';

const NODE_PATH = '/ws/node';

/** The status that refuses an upgrade before anything is looked up. */
export function refusalOf(
  request: IncomingMessage,
  isAllowed: (request: IncomingMessage) => boolean,
): UpgradeRefusal | undefined {
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
