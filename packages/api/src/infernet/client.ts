import { isIP } from 'node:net';
import { type Caller, DomainError } from '@plexus/core';
import { PASS_HEADERS } from '@plexus/protocol';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../dialect.ts';
import { headerOf } from '../node-claim.ts';
import type { InfernetDeps } from './deps.ts';

/** Whoever calls a node, and which node that is. */
export interface Client {
  readonly caller: Caller;
  /** The IP address of its connection to the node, which nothing in a request can choose. */
  readonly address: string;
  readonly nodeId: string;
  /** The owner of a subscription on a chain, who counts in the place of the address. */
  readonly owner?: string;
  /** Whether the node has found the job on a chain, and no client has sent it. */
  readonly isChain?: true;
}

/** A hook that lets nobody pass but connected nodes. */
export function requireNode({ passes }: Pick<InfernetDeps, 'passes'>) {
  return (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
    try {
      passes.require(headerOf(request, PASS_HEADERS.node), headerOf(request, PASS_HEADERS.pass));
      clientAddress(request);
    } catch (error) {
      return done(error instanceof Error ? error : new Error('A pass cannot be checked', { cause: error }));
    }
    return done();
  };
}

/**
 * The address of a node's client, as the node says.
 *
 * @throws {DomainError} NODE_IDENTITY_REFUSED
 */
export function clientAddress(request: FastifyRequest): string {
  const address = plainAddress(headerOf(request, PASS_HEADERS.client) ?? '');
  if (isIP(address) !== 0) return address;
  const nodeId = nodeIdOf(request);
  throw new DomainError('NODE_IDENTITY_REFUSED', 'The node does not say who its client is', { nodeId });
}

/** The node that hands on a request, which its pass has proven. */
export function nodeIdOf(request: FastifyRequest): string {
  return headerOf(request, PASS_HEADERS.node) ?? '';
}

export function clientOf(context: Context<'client'>): Client {
  const address = plainAddress(context.header(PASS_HEADERS.client) ?? '');
  const client = { caller: context.caller, address, nodeId: context.header(PASS_HEADERS.node) ?? '' };
  const owner = context.header(PASS_HEADERS.chain);
  return owner === undefined ? client : { ...client, owner, isChain: true };
}

/** IPv4 looks the same on a socket of both families; a link's name says nothing elsewhere. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}
