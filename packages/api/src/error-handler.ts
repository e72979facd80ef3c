import { DomainError } from '@plexus/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorDialect, type ErrorReply, Refusal } from './dialect.ts';
import { MalformedJson } from './json-body.ts';
import { SchemaViolation } from './validators.ts';

declare module 'fastify' {
  interface FastifyRequest {
    refusedBy?: string;
  }
}

/** Codes for what Fastify refuses. */
const MALFORMED: Readonly<Record<number, string>> = { 413: 'BODY_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' };

/** The code of what Fastify itself refused with this status. */
export function malformedCode(status: number): string {
  return MALFORMED[status] ?? 'MALFORMED_REQUEST';
}

/** The code of what refused a request, of a closed list, for logs and metrics; undefined when nothing did. */
export function refusalCodeOf({ refusedBy }: FastifyRequest): string | undefined {
  return refusedBy;
}

/** Installs a dialect's error wording on its own Fastify scope. */
export function useErrorDialect(app: FastifyInstance, dialect: ErrorDialect): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => sendError(error, dialect, request, reply));
}

/** Answers an error in a dialect's words. What nobody threw on purpose is logged and kept from the caller. */
export function sendError(
  error: Error & { readonly statusCode?: number },
  dialect: ErrorDialect,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const answer = wordError(error, dialect, request);
  request.refusedBy = codeOf(error, answer.status);
  if (error instanceof DomainError && 'retryAfterSeconds' in error.details) {
    reply.header('retry-after', Math.max(1, Math.ceil(error.details.retryAfterSeconds)));
  }
  return sendReply(answer, reply);
}

/** An error in a dialect's words; what nobody threw on purpose is logged. */
export function wordError(
  error: Error & { readonly statusCode?: number },
  dialect: ErrorDialect,
  request: FastifyRequest,
): ErrorReply {
  return refusal(error, dialect, request) ?? unexpected(error, dialect, request);
}

/** Sends a refusal, with what RFC 9110 wants beside its status. */
export function sendReply({ status, body, headers }: ErrorReply, reply: FastifyReply): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (headers) reply.headers(headers);
  return reply.code(status).send(body);
}

function refusal(
  error: Error & { readonly statusCode?: number },
  dialect: ErrorDialect,
  request: FastifyRequest,
): ErrorReply | undefined {
  if (error instanceof DomainError) return dialect.domain(error, request);
  if (error instanceof Refusal) return refused(error, request);
  if (error instanceof SchemaViolation) return dialect.validation(error, request);
  if (error instanceof MalformedJson) return dialect.malformedJson(error, request);
  const { statusCode = 500 } = error;
  return statusCode >= 400 && statusCode < 500 ? dialect.malformed(statusCode, error.message, request) : undefined;
}

function codeOf(error: Error, status: number): string {
  if (error instanceof DomainError) return error.code;
  if (error instanceof SchemaViolation) return 'INVALID_INPUT';
  if (error instanceof MalformedJson) return 'MALFORMED_JSON';
  if (status >= 500) return 'INTERNAL_ERROR';
  return error instanceof Refusal ? 'REFUSED' : malformedCode(status);
}

function refused(error: Refusal, { log }: FastifyRequest): ErrorReply {
  if (error.cause !== undefined) log.error({ err: error }, 'request refused');
  return error.reply;
}

function unexpected(error: Error, dialect: ErrorDialect, request: FastifyRequest): ErrorReply {
  request.log.error({ err: error }, 'request failed');
  return dialect.unexpected(request);
}
