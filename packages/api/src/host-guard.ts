import type { IncomingMessage } from 'node:http';
import { DomainError } from '@plexus/core';
import { ALLOWED_HOST, hostName, isOwnPage, pageHost } from '@plexus/protocol';
import type { FastifyInstance } from 'fastify';

export interface HostGuardOptions {
  /** Names, or `name:port`, under which the listener may be called besides its own addresses. */
  readonly names: readonly string[];
}

/** Why a request (or WebSocket upgrade) must be refused; undefined when it may pass. */
export type HostGuard = (request: IncomingMessage) => string | undefined;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Checks Host, so that a page whose name was pointed at this machine (DNS rebinding) reaches nothing, and Origin, so
 * that no other page's scripts do. The listener's own names are loopback's and the address that was dialled, with its
 * port; a configured name without a port stands for all ports, as behind a proxy.
 */
export function createHostGuard({ names }: HostGuardOptions): HostGuard {
  const configured = new Set(names.map((name) => name.toLowerCase()));
  const isConfigured = (host: string) => configured.has(host) || configured.has(hostName(host));

  return ({ headers, socket }) => {
    const host = headers.host?.toLowerCase() ?? '';
    if (!isOwn(host, socket) && !isConfigured(host)) return `Host "${host}" is not served here`;
    const { origin } = headers;
    if (origin === undefined) return undefined;
    const page = pageHost(origin);
    if (isOwnPage(origin, host) || (page !== undefined && isConfigured(page))) return undefined;
    return `Pages from "${origin}" may not call this`;
  };
}

/** What HTTP wants of every request. Source: RFC 9112, section 3.2. */
const NO_HOST = Object.assign(new Error('The request has no Host'), { statusCode: 400 });

/** Refuses requests for a foreign Host or from a foreign Origin with 403, before their body is read. */
export function useHostGuard(app: FastifyInstance, guard: HostGuard): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    if (raw.headers.host === undefined) return done(NO_HOST);
    const reason = guard(raw);
    done(reason === undefined ? undefined : new DomainError('FORBIDDEN', reason, { needed: ALLOWED_HOST }));
  });
}

function isOwn(host: string, { localAddress, localPort }: IncomingMessage['socket']): boolean {
  const name = hostName(host);
  const isOwnName = LOOPBACK.includes(name) || (localAddress !== undefined && name === hostOf(localAddress));
  return isOwnName && (localPort === undefined || portOf(host) === String(localPort));
}

/** An address as it stands in a Host header. */
function hostOf(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  return address.includes(':') ? `[${address}]` : address;
}

function portOf(host: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? '80';
}
