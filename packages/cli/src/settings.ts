import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { hasCode } from '@plexus/protocol';
import { readEndpointFile } from './endpoint-file.ts';
import { CliError, EXIT, usageError } from './failure.ts';
import type { Io } from './io.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8800';

export interface HomeFlags {
  readonly home?: string;
}

export interface ConnectionFlags extends HomeFlags {
  readonly url?: string;
  readonly key?: string;
}

export interface Settings {
  readonly home: string;
  readonly url: string;
  readonly key: string | undefined;
}

/** Folder of a network's files: --home, else PLEXUS_HOME, else ~/.plexus. */
export function homeOf(flags: HomeFlags, env: Io['env']): string {
  return resolve(flags.home ?? (env['PLEXUS_HOME'] || join(env['HOME'] || homedir(), '.plexus')));
}

/** Where to connect and as whom; every setting from its flag, its variable, or the home in that order. */
export async function readSettings(flags: ConnectionFlags, env: Io['env']): Promise<Settings> {
  const home = homeOf(flags, env);
  const running = await readEndpointFile(home);
  const asked = flags.url ?? (env['PLEXUS_URL'] || undefined);
  const url = coordinatorAddress(asked ?? running?.coordinator ?? DEFAULT_URL);
  const key = flags.key ?? (env['PLEXUS_API_KEY'] || undefined);
  // The operator's key must not be sent to a stranger.
  const isOwn = url === running?.coordinator || isLoopback(url);
  return { home, url, key: checkKey(key ?? (isOwn ? await readOperatorKey(home) : undefined)) };
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** @throws {CliError} usage */
export function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw usageError(`Not an http or https address: ${text}`, 'For example http://127.0.0.1:8800');
}

/**
 * Where a coordinator is: what stands before its paths, and nothing that would come between.
 *
 * @throws {CliError} usage
 */
export function coordinatorAddress(text: string): string {
  const url = new URL(checkUrl(text));
  if (url.username === '' && url.password === '' && !/[?#]/.test(text)) return checkUrl(text);
  // It may hold a password: it is not printed.
  throw usageError(
    "A coordinator's address has no user, password, query or fragment",
    'For example http://127.0.0.1:8800; a key is given with --key or PLEXUS_API_KEY.',
  );
}

/** A `…` copied out of a guide, or a line too many: no header can carry it. @throws {CliError} usage */
export function checkKey(key: string | undefined, flags = '--key or PLEXUS_API_KEY'): string | undefined {
  if (key === undefined || /^[\x21-\x7e]*$/.test(key)) return key;
  throw usageError(
    'The API key has characters that no key has',
    `Give the whole of it, and nothing else, with ${flags}; the operator's is in operator.key in the network's home.`,
  );
}

/** The key that a coordinator in this home gave to its operator, when there is one. */
export async function readOperatorKey(home: string): Promise<string | undefined> {
  const path = join(home, 'operator.key');
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw new CliError(`${path} cannot be read`, {
      exitCode: EXIT.failed,
      hint: 'Give a key with --key.',
      cause: error,
    });
  }
}
