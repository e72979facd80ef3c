import type { Server } from 'node:http';
import { connectionOptions } from '@plexus/listener';
import { INFERNET_PREFIX, MAX_BODY_BYTES } from '@plexus/protocol';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import { aitbcErrors } from './aitbc-errors.ts';
import type { ErrorDialect } from './dialect.ts';
import { sendError } from './error-handler.ts';
import { gemmanetErrors } from './gemmanet/errors.ts';
import { infernetErrors } from './infernet/errors.ts';
import { neuroshardErrors } from './neuroshard/errors.ts';
import { openAiErrors } from './openai/errors.ts';
import { plexusErrors } from './plexus/errors.ts';

/** Paths that are OpenAI's; others under /v1 are not. */
const OPENAI = /^\/v1\/(models|chat|completions|embeddings)(?![^/?])/;

/** Paths that are AITBC's, where GemmaNet has others beside them, and those of files. */
const AITBC =
  /^\/(artifacts\/|api\/v1\/(bundles|jobs|marketplace|receipts|services|registry|miners|webhooks|health)(?![^/?])|v1\/)/;

/** Paths that are NeuroShard's; its node's own status and health are not served here. */
const NEUROSHARD = /^\/api\/(training|v1\/(wallet|inference|network|proofs))(?![^/?])/;

/** Ids of nodes may have 200 characters, each of which may be escaped. */
const MAX_PARAM_CHARACTERS = 600;

/** The dialect whose words answer a request that reached no route. GemmaNet's is the listener's own. */
export function dialectOf(url: string): ErrorDialect {
  if (OPENAI.test(url)) return openAiErrors;
  if (AITBC.test(url)) return aitbcErrors;
  if (url.startsWith(`${INFERNET_PREFIX}/`)) return infernetErrors;
  if (NEUROSHARD.test(url)) return neuroshardErrors;
  return url.startsWith('/plexus/') ? plexusErrors : gemmanetErrors;
}

/** What Fastify must be made with so that all of a listener's answers are in a dialect's words. */
export const listenerOptions = {
  ...connectionOptions,
  bodyLimit: MAX_BODY_BYTES,
  routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
  frameworkErrors(error: Error, request: FastifyRequest, reply: FastifyReply) {
    reply.header('x-request-id', request.id);
    sendError(error, dialectOf(request.url), request, reply);
  },
} satisfies FastifyHttpOptions<Server>;
