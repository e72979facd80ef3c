import type { IncomingMessage } from 'node:http';
import { keyInHeaders } from '@plexus/api';
import { type Authenticator, type Caller, DomainError } from '@plexus/core';
import type { UpgradeRefusal } from '../http/upgrade-refusal.ts';
import { urlOf } from '../http/upgrades.ts';

/** What a request to open a socket says. */
export interface Entry {
  readonly status?: never;
  readonly since: number | undefined;
  /** Absent where the first message is to show one. */
  readonly key?: { readonly apiKey: string; readonly caller: Caller };
}

export interface EntryDeps {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Whether a Host and Origin may open a socket here. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
}

/** Reads a request to open a socket, or says with which status it is refused. */
export async function readEntry(
  request: IncomingMessage,
  { isAllowed, authenticator }: EntryDeps,
): Promise<Entry | { readonly status: UpgradeRefusal }> {
  if (!isAllowed(request)) return { status: 403 };
  const text = urlOf(request).searchParams.get('since');
  if (text !== null && !/^\d{1,15}$/.test(text)) return { status: 400 };
  const since = text === null ? undefined : Number(text);
  const apiKey = keyInHeaders(request);
  if (apiKey === undefined) return { since };
  try {
    return { since, key: { apiKey, caller: await authenticator.authenticate(apiKey) } };
  } catch (error) {
    if (error instanceof DomainError) return { status: 401 };
    throw error;
  }
}
