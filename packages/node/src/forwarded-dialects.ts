/** Which APIs a node hands to its coordinator, and how it refuses in their words. */
import {
  cocoonEndpoints,
  type Endpoints,
  INFERNET_PREFIX,
  infernetJobEndpoints,
  infernetNodeEndpoints,
  neuroshardEndpoints,
  neuroshardNodeEndpoints,
  openAiEndpoints,
  PASS_HEADERS,
  plexusEndpoints,
} from '@plexus/protocol';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { NodePass } from './node-pass.ts';

/** A refusal of the node's own, before an API has put it into its words. */
export interface NodeRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface ForwardedDialect {
  readonly endpoints: Endpoints;
  /** Endpoints of the same API that the node answers itself. */
  readonly own?: Endpoints;
  /** What stands before its paths at the coordinator. */
  readonly prefix: string;
  /** The body of a refusal. */
  words(refusal: NodeRefusal, requestId: string): object;
  /** What the coordinator is told of a request beside the client's own headers. */
  headers?(request: FastifyRequest): Readonly<Record<string, string>>;
}

/** Which node hands a call on, and for whom: only this node sees the client's address. */
function passed(pass: NodePass): Pick<ForwardedDialect, 'headers'> {
  return { headers: ({ ip }) => ({ ...pass(), [PASS_HEADERS.client]: ip }) };
}

export const OPENAI: ForwardedDialect = {
  endpoints: openAiEndpoints,
  prefix: '',
  words({ status, code, message }) {
    const type = status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message, type, param: null, code } };
  },
};

/** Where the answer to `Prefer: respond-async` will be. */
const LATER: ForwardedDialect = {
  endpoints: { getJob: plexusEndpoints.getJob },
  prefix: '',
  words: ({ code, message }, request_id) => ({ error: { code: code.toUpperCase(), message, details: {}, request_id } }),
};

/** The coordinator knows an Infernet client by its address, which only this node sees. */
function infernet(pass: NodePass): ForwardedDialect {
  return {
    endpoints: infernetJobEndpoints,
    own: infernetNodeEndpoints,
    prefix: INFERNET_PREFIX,
    words: OWN_WORDS.infernet,
    ...passed(pass),
  };
}

/** Calls are limited by the client's address, which only this node sees. */
function cocoon(pass: NodePass): ForwardedDialect {
  return {
    endpoints: cocoonEndpoints,
    prefix: '',
    words: ({ message }) => ({ detail: message }),
    ...passed(pass),
  };
}

/** What a node serves, as OpenAPI has it. */
const DOCUMENT: ForwardedDialect = {
  endpoints: {
    getDocument: {
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document.',
      auth: 'none',
      status: 200,
      response: Type.Unknown(),
    },
  },
  prefix: '/plexus/node',
  words: ({ message }) => ({ detail: message }),
};

const FILE = { method: 'GET', auth: 'none', status: 200, response: Type.Unknown() } as const;

/** The page to try that document's endpoints with: the coordinator's, which asks its own server for the document. */
const DOCS_PAGE: ForwardedDialect = {
  endpoints: {
    getDocsPage: { ...FILE, path: '/docs', summary: 'A page to try the endpoints with.' },
    getDocsFile: {
      ...FILE,
      path: '/docs/{file}',
      summary: 'A file of that page.',
      params: Type.Object({ file: Type.String() }),
    },
  },
  prefix: '',
  words: ({ message }) => ({ detail: message }),
};

/** The codes of NeuroShard's page, by status. */
const NEUROSHARD_CODES: Readonly<Record<number, string>> = {
  400: 'VALIDATION_ERROR',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  500: 'INTERNAL_ERROR',
};

export const NEUROSHARD: ForwardedDialect = {
  endpoints: neuroshardEndpoints,
  own: neuroshardNodeEndpoints,
  prefix: '',
  words({ status, message }) {
    const code = NEUROSHARD_CODES[status] ?? (status >= 500 ? 'NO_CAPACITY' : 'VALIDATION_ERROR');
    return { error: { code, message } };
  },
};

/** Every API that is forwarded. */
export function forwardedDialects(pass: NodePass): readonly ForwardedDialect[] {
  const shard = { ...NEUROSHARD, ...passed(pass) };
  return [DOCUMENT, DOCS_PAGE, infernet(pass), { ...OPENAI, ...passed(pass) }, LATER, shard, cocoon(pass)];
}

/** The paths of all of them, and of what belongs to them. */
export function forwardedPaths(dialects: readonly ForwardedDialect[]): readonly string[] {
  return dialects.flatMap(({ endpoints, own }) => Object.values({ ...endpoints, ...own }).map(({ path }) => path));
}

/** The body of a refusal of a request. */
export type RefusalWords = (request: Pick<FastifyRequest, 'url' | 'id'>, refusal: NodeRefusal) => object;

/** FastAPI's words, and those of Infernet's own listener. */
export const OWN_WORDS = {
  node: ({ message }) => ({ detail: message }),
  infernet: ({ message }) => ({ error: message }),
} satisfies Record<string, ForwardedDialect['words']>;

/** Words a refusal as the API does that the path belongs to; else as the listener does. */
export function refusalWords(dialects: readonly ForwardedDialect[], own: ForwardedDialect['words']): RefusalWords {
  return ({ url, id }, refusal) => {
    const begin = beginOf(url.split('?')[0] ?? '');
    const owner = dialects.find((dialect) => forwardedPaths([dialect]).some((path) => beginOf(path) === begin));
    if (owner) return owner.words(refusal, id);
    // The page's base is the node's own.
    return begin.startsWith('/api/v1/') ? NEUROSHARD.words(refusal, id) : own(refusal, id);
  };
}

/** The first segments of a path, for example `/v1/chat` and, where several APIs have their own, `/api/v1/workers`. */
function beginOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('/api/v1/') ? 4 : 3)
    .join('/');
}
