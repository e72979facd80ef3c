import type { IncomingMessage } from 'node:http';
import type { Authenticator, Caller } from '@plexus/core';
import { urlOf } from '../http/upgrades.ts';

/**
 * Who brings a token, if somebody does.
 *
 * @throws {DomainError} when the token that it brings is not a valid one
 */
export async function callerOf(request: IncomingMessage, authenticator: Authenticator): Promise<Caller | undefined> {
  const token = tokenOf(request);
  return token === undefined ? undefined : await authenticator.authenticate(token);
}

/** An empty token is none, as it is in a header. */
export function tokenOf(request: IncomingMessage): string | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? (urlOf(request).searchParams.get('token') || undefined);
}
