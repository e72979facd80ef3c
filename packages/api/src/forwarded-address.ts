import type { NodePasses } from '@plexus/core';
import type { FastifyRequest } from 'fastify';
import { clientAddress } from './infernet/client.ts';
import { claimOf } from './node-claim.ts';

/** The address of whoever calls: through a node it is what that node says, if it proves to be one. */
export function addressThrough(passes: Pick<NodePasses, 'require'>): (request: FastifyRequest) => string {
  return (request) => {
    const claim = claimOf(request);
    if (!claim) return request.ip;
    try {
      passes.require(claim.nodeId, claim.pass);
      return clientAddress(request);
    } catch {
      // Then it is nobody's word, and the connection's own address counts.
      return request.ip;
    }
  };
}
