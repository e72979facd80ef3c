import { DomainError, StorageError } from '@plexus/core';
import { closeInStages, refusalMessage } from '@plexus/listener';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorDialect, type ErrorReply, Refusal } from './dialect.ts';
import { MalformedJson } from './json-body.ts';
import { SchemaViolation } from './validators.ts';

/** The books' storage is asked for again by itself about so often. */
const STORAGE_RETRY_SECONDS = 2;

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

/** The message about a path that there is not, which may be that of another API or have a part twice. */
export function noSuchPath({ method, url }: FastifyRequest): string {
  return `There is no ${method} ${url.split('?')[0]} here`;
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
  // Fastify closes where it has not read the body.
  if (reply.getHeader('connection') === 'close') closeInStages(request.raw);
  const retryAfterSeconds = retryAfterOf(error);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterSeconds)));
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

function retryAfterOf(error: Error): number | undefined {
  if (error instanceof StorageError) return STORAGE_RETRY_SECONDS;
  return error instanceof DomainError && 'retryAfterSeconds' in error.details
    ? error.details.retryAfterSeconds
    : undefined;
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
  if (error instanceof StorageError) return unavailable(error, dialect, request);
  if (error instanceof Refusal) return refused(error, request);
  if (error instanceof SchemaViolation) return dialect.validation(error, request);
  if (error instanceof MalformedJson) return dialect.malformedJson(error, request);
  const { statusCode = 500 } = error;
  if (statusCode < 400 || statusCode >= 500) return undefined;
  return dialect.malformed(statusCode, refusalMessage(statusCode, error.message), request);
}

function codeOf(error: Error, status: number): string {
  if (error instanceof DomainError) return error.code;
  if (error instanceof StorageError) return 'STORAGE_UNAVAILABLE';
  if (error instanceof SchemaViolation) return 'INVALID_INPUT';
  if (error instanceof MalformedJson) return 'MALFORMED_JSON';
  // Work that failed at its nodes is no fault of this program.
  if (error instanceof Refusal && status !== 500) return 'REFUSED';
  return status >= 500 ? 'INTERNAL_ERROR' : malformedCode(status);
}

/** The books are out of reach: callers hear what that means for them, and the log why it is so. */
function unavailable(error: StorageError, dialect: ErrorDialect, request: FastifyRequest): ErrorReply {
  request.log.error({ err: error }, 'the books failed');
  const message =
    error.code === 'fate_unknown' || error.code === 'writer_died'
      ? 'The books were lost while this was being written, and whether it is written is not known yet: look before you repeat it, or repeat it with the same Idempotency-Key'
      : 'The books cannot be reached at the moment; nothing was written. Try again shortly';
  return dialect.domain(
    new DomainError('STORAGE_UNAVAILABLE', message, { retryAfterSeconds: STORAGE_RETRY_SECONDS }),
    request,
  );
}

function refused(error: Refusal, { log }: FastifyRequest): ErrorReply {
  if (error.cause !== undefined) log.error({ err: error }, 'request refused');
  return error.reply;
}

function unexpected(error: Error, dialect: ErrorDialect, request: FastifyRequest): ErrorReply {
  request.log.error({ err: error }, 'request failed');
  return dialect.unexpected(request);
}
