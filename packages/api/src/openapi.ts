import type { Auth, Endpoint, Endpoints } from '@plexus/protocol';
import type { TObject, TSchema } from 'typebox';

export interface OpenApiTable {
  readonly tag: string;
  readonly endpoints: Endpoints;
  /** The body of every refusal of these endpoints. */
  readonly errorSchema: TSchema;
  /** What stands before the paths, where they are served under several. */
  readonly prefixes?: readonly string[];
}

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly tables: readonly OpenApiTable[];
}

type Json = Record<string, unknown>;

const BY_KEY: readonly Json[] = [{ bearer: [] }, { apiKey: [] }];
const SECURITY: Readonly<Record<Auth, readonly Json[]>> = {
  none: [],
  key: BY_KEY,
  operator: BY_KEY,
  // The key may also travel in the body, for which OpenAPI has no word.
  body: [{}, ...BY_KEY],
  // Without a key a client is its address.
  client: [{}, ...BY_KEY],
};

const SECURITY_SCHEMES: Json = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same key in another header.' },
};

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same body answers as the first call did; with another body it is a conflict.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
};

/** What an answer is besides JSON where it may be streamed. */
const EVENTS: Json = {
  'text/event-stream': { schema: { type: 'string', description: 'Events, when the request asks for a stream.' } },
};

/** An answer that comes as it is made. */
const TEXT: Json = { 'text/plain': { schema: { type: 'string' } } };

/** A body that is a file. Source: OpenAPI 3.1, "Considerations for File Uploads". */
const FILE: Json = { 'application/octet-stream': {} };

const PREFER: Json = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description: '`respond-async` answers 202 at once; the work goes on.',
  schema: { type: 'string' },
};

/**
 * The OpenAPI 3.1 document of the endpoints, as plain JSON. Operation ids must be unique in it: one that an earlier table
 * has already begins with the tag.
 */
export function openApiDocument({ title, version, tables }: OpenApiOptions): Json {
  const taken = new Set<string>();
  const paths: Record<string, Json> = {};
  for (const table of tables) {
    for (const [id, endpoint] of Object.entries(table.endpoints)) {
      const operationId = taken.has(id) ? `${table.tag}_${id}` : id;
      taken.add(operationId);
      const path = (paths[endpoint.path] ??= {});
      const servers = table.prefixes && { servers: table.prefixes.map((prefix) => ({ url: prefix || '/' })) };
      path[endpoint.method.toLowerCase()] = { ...toOperation(operationId, endpoint, table.tag), ...servers };
    }
  }
  return plain({
    openapi: '3.1.0',
    info: { title, version },
    tags: tables.map(({ tag }) => ({ name: tag })),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, schemas: errorSchemas(tables) },
  });
}

function errorSchemas(tables: readonly OpenApiTable[]): Json {
  return Object.fromEntries(tables.map(({ tag, errorSchema }) => [errorName(tag), errorSchema]));
}

function errorName(tag: string): string {
  return `${tag.replace(/[^\w.-]/g, '_')}_error`;
}

function toOperation(operationId: string, endpoint: Endpoint, tag: string): Json {
  const { summary, description, auth, body, upload = false } = endpoint;
  const parameters = toParameters(endpoint);
  const isRequired = auth === 'body' || (body !== undefined && 'required' in body);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: SECURITY[auth],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: isRequired, content: json(body) } }),
    ...(upload && { requestBody: { required: true, content: FILE } }),
    responses: toResponses(endpoint, tag),
  };
}

function toParameters({ params, query, idempotent = false, accepted }: Endpoint): readonly Json[] {
  const headers = [...(idempotent ? [IDEMPOTENCY_KEY] : []), ...(accepted ? [PREFER] : [])];
  return [...fields(params, 'path'), ...fields(query, 'query'), ...headers];
}

function fields(schema: TObject | undefined, place: 'path' | 'query'): readonly Json[] {
  if (!schema) return [];
  const required: readonly string[] = schema.required ?? [];
  return Object.entries(schema.properties).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...('description' in field && { description: field.description }),
    schema: field,
  }));
}

function toResponses(endpoint: Endpoint, tag: string): Json {
  const { status, response, mediaType, stream = false, text = false, accepted, errors = {} } = endpoint;
  const content = json({ $ref: `#/components/schemas/${errorName(tag)}` });
  const refusals = Object.entries(errors).map(([code, description]) => [code, { description, content }]);
  return {
    [status]: {
      description: 'Done.',
      content: { ...(text ? TEXT : contentOf(response, mediaType)), ...(stream && EVENTS) },
    },
    ...(endpoint.mayBeEmpty && { 204: { description: 'There is nothing.' } }),
    ...(endpoint.mayBeUnwell && { 503: { description: 'Something is wrong.', content: json(response) } }),
    ...(accepted && {
      202: { description: 'Goes on; asked for by `Prefer: respond-async`.', content: json(accepted) },
    }),
    ...(Object.fromEntries(refusals) as Json),
    default: { description: 'Any other refusal.', content },
  };
}

function json(schema: TSchema): Json {
  return contentOf(schema);
}

function contentOf(schema: TSchema, mediaType = 'application/json'): Json {
  return { [mediaType]: { schema } };
}

/** Schemas carry marks of their library that are no JSON. */
function plain(document: Json): Json {
  return JSON.parse(JSON.stringify(document)) as Json;
}
