import type { NodePasses } from '@plexus/core';
import { PASS_HEADERS } from '@plexus/protocol';
import type { FastifyRequest } from 'fastify';
import { clientAddress } from './infernet/client.ts';

/** The address of whoever calls: through a node it is what that node says, if it proves to be one. */
export function addressThrough(passes: Pick<NodePasses, 'require'>): (request: FastifyRequest) => string {
  return (request) => {
    const { [PASS_HEADERS.node]: node, [PASS_HEADERS.pass]: pass } = request.headers;
    if (typeof node !== 'string' || typeof pass !== 'string') return request.ip;
    try {
      passes.require(node, pass);
      return clientAddress(request);
    } catch {
      // Then it is nobody's word, and the connection's own address counts.
      return request.ip;
    }
  };
}
