import type { ErrorCode } from '@plexus/core';
import type { FastifyRequest } from 'fastify';
import type { ErrorDialect, ErrorReply } from '../dialect.ts';

interface Word {
  readonly status: number;
  readonly code: string;
}

/** Refusals that files can meet, in AITBC's words. Source: seed 002, "Error Codes"; contract/aitbc.md. */
const WORDS: { readonly [C in ErrorCode]?: Word } = {
  MISSING_API_KEY: { status: 401, code: 'INVALID_API_KEY' },
  INVALID_API_KEY: { status: 401, code: 'INVALID_API_KEY' },
  KEY_EXPIRED: { status: 401, code: 'INVALID_API_KEY' },
  FORBIDDEN: { status: 403, code: 'FORBIDDEN' },
  NODE_IDENTITY_REFUSED: { status: 403, code: 'NODE_IDENTITY_REFUSED' },
  ARTIFACT_NOT_FOUND: { status: 404, code: 'ARTIFACT_NOT_FOUND' },
  STALE_LEASE: { status: 409, code: 'CONFLICT_STATE' },
  ARTIFACT_TOO_LARGE: { status: 413, code: 'ARTIFACT_TOO_LARGE' },
  INVALID_INPUT: { status: 422, code: 'INVALID_PAYLOAD' },
  RATE_LIMITED: { status: 429, code: 'RATE_LIMIT_EXCEEDED' },
  STORAGE_FULL: { status: 507, code: 'STORAGE_FULL' },
};

/** Refusals in the form of AITBC's page, whose bundles these are. */
export const artifactErrors: ErrorDialect = {
  domain({ code, message, details }, request) {
    const word = WORDS[code] ?? { status: 400, code };
    return reply(word.status, { code: word.code, message, details }, request);
  },
  validation: ({ part, message }, request) =>
    reply(422, { code: 'INVALID_PAYLOAD', message: `${part}: ${message}` }, request),
  malformedJson: ({ message }, request) => reply(400, { code: 'MALFORMED_REQUEST', message }, request),
  malformed: (status, message, request) => reply(status, { code: 'MALFORMED_REQUEST', message }, request),
  unexpected: (request) => reply(500, { code: 'INTERNAL_ERROR', message: 'Server error' }, request),
  notFound: (request) => reply(404, { code: 'NOT_FOUND', message: 'No such path' }, request),
  methodNotAllowed: (request) =>
    reply(405, { code: 'METHOD_NOT_ALLOWED', message: `${request.method} is not possible here` }, request),
};

interface Body {
  readonly code: string;
  readonly message: string;
  readonly details?: object;
}

function reply(status: number, { code, message, details }: Body, { id }: FastifyRequest): ErrorReply {
  return { status, body: { error: { code, message, details: { ...details, request_id: id } } } };
}
