import { Readable } from 'node:stream';
import { DomainError, type LeaseClaim, type OutputFile } from '@plexus/core';
import { contentTypeOf, isOutputName, type KeptOutput, LEASE_HEADERS, outputPath } from '@plexus/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Gate, gateHooks } from '../authentication.ts';
import { acceptFiles, fileOf } from '../file-body.ts';
import type { ArtifactDeps } from './deps.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** Serves the files of jobs to the nodes that have them under lease. */
export function serveLeases(app: FastifyInstance, { leaseFiles }: ArtifactDeps, gate: Gate): void {
  const hooks = gateHooks({ auth: 'none' }, gate);
  app.route({
    method: 'GET',
    url: '/plexus/v1/leases/:jobId/:epoch/bundle',
    ...hooks,
    handler: async (request, reply) => {
      const { bundle, content } = await leaseFiles.readBundle(claimOf(request));
      reply.headers({ 'content-type': 'application/octet-stream', 'content-length': bundle.sizeBytes });
      return reply.send(Readable.from(content, { objectMode: false }));
    },
  });
  acceptFiles(app, {
    method: 'POST',
    url: '/plexus/v1/leases/:jobId/:epoch/outputs',
    ...hooks,
    handler: async (request, reply) => {
      const file = { ...describe(request), content: fileOf(request) };
      const kept = await leaseFiles.writeOutput(claimOf(request), file);
      return reply.code(201).send(viewOf(kept));
    },
  });
}

function claimOf({ params, headers }: FastifyRequest): LeaseClaim {
  const { jobId, epoch } = params as Readonly<Record<'jobId' | 'epoch', string>>;
  const [nodeId, signature] = [headers[LEASE_HEADERS.node], headers[LEASE_HEADERS.signature]];
  if (typeof nodeId !== 'string' || typeof signature !== 'string' || !/^\d{1,9}$/.test(epoch)) {
    const message = `This is for nodes, which say who they are in ${LEASE_HEADERS.node} and ${LEASE_HEADERS.signature}`;
    throw new DomainError('NODE_IDENTITY_REFUSED', message, { nodeId: String(nodeId) });
  }
  return { jobId, epoch: Number(epoch), nodeId, signature };
}

function describe(request: FastifyRequest): { name: string; sha256: string; sizeBytes: number } {
  const { name, sha256 } = request.query as Readonly<Record<string, unknown>>;
  const length = request.headers['content-length'];
  if (typeof name !== 'string' || !isOutputName(name)) throw invalid('name', 'it must be a relative path');
  if (typeof sha256 !== 'string' || !SHA256.test(sha256))
    throw invalid('sha256', 'it must be 64 hex digits in lower case');
  if (length === undefined) throw invalid('Content-Length', 'it must be given');
  return { name, sha256, sizeBytes: Number(length) };
}

function invalid(field: string, why: string): DomainError {
  return new DomainError('INVALID_INPUT', `${field}: ${why}`, { field });
}

function viewOf({ id, name, sizeBytes, sha256 }: OutputFile): KeptOutput {
  return { name, url: outputPath(id, name), size: sizeBytes, sha256, content_type: contentTypeOf(name) };
}
