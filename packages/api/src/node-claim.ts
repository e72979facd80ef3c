import { isIP } from 'node:net';
import type { NodeClaim, NodePasses } from '@plexus/core';
import { PASS_HEADERS } from '@plexus/protocol';
import type { FastifyRequest } from 'fastify';

type Headers = Pick<FastifyRequest, 'headers'>;

/** A header that is not given twice. */
export function headerOf({ headers }: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The node that hands a call on, if it says that one does. */
export function claimOf(request: Headers): NodeClaim | undefined {
  const nodeId = headerOf(request, PASS_HEADERS.node);
  const pass = headerOf(request, PASS_HEADERS.pass);
  return nodeId === undefined || pass === undefined ? undefined : { nodeId, pass };
}

/**
 * Where a request comes from: the address that a connected node has seen its client at, else the connection's.
 *
 * @throws {DomainError} NODE_IDENTITY_REFUSED by the function that is returned
 */
export function createAddressReader(passes: NodePasses): (request: FastifyRequest) => string {
  return (request) => {
    const claim = claimOf(request);
    if (!claim) return request.ip;
    passes.require(claim.nodeId, claim.pass);
    const address = headerOf(request, PASS_HEADERS.client) ?? '';
    return isIP(address) === 0 ? request.ip : address;
  };
}
