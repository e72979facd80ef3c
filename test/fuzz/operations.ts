/** What can be asked of a listener, as its OpenAPI document says it. */
import type { Listener } from './listeners.ts';
import { resolve, type Schema } from './json-schema.ts';

/**
 * Operations after which others wait for longer than an answer is waited for here: miners that poll get jobs that nobody
 * then does, and those that never do are waited for as long as they are not silent.
 */
const HELD_BACK: ReadonlySet<string> = new Set(['pollMiner', 'registerMiner']);

export function isHeldBack({ id }: Pick<Operation, 'id'>): boolean {
  return HELD_BACK.has(id);
}

/** Where a parameter stands. */
export type ParameterPlace = 'path' | 'query' | 'header';

interface Parameter {
  readonly name: string;
  readonly in: ParameterPlace;
  readonly required: boolean;
  readonly schema: Schema;
}

/** What a document says of one status: schemas by media type. */
type Contents = Readonly<Record<string, Schema>>;

export interface Operation {
  readonly id: string;
  /** By its name. */
  readonly listener: string;
  /** Base of its listener. */
  readonly url: string;
  readonly method: string;
  /** As OpenAPI writes it: `/jobs/{job_id}`. */
  readonly path: string;
  readonly document: Schema;
  /** False where no document speaks of the route. */
  readonly isDocumented: boolean;
  /** Whether anybody may call it. */
  readonly isOpen: boolean;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly required: boolean; readonly schema: Schema };
  /** Whether the body is a file, of which no schema speaks. */
  readonly takesFile: boolean;
  /** By status or `default`. */
  readonly answers: Readonly<Record<string, Contents>>;
}

interface WrittenContent {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Written {
  readonly operationId: string;
  /** What stands before the path, where that is not nothing. */
  readonly servers?: readonly { readonly url: string }[];
  readonly security?: readonly Schema[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: WrittenContent & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, WrittenContent>>;
}

type Document = Schema & { readonly paths: Readonly<Record<string, Readonly<Record<string, Written>>>> };

type Place = Pick<Operation, 'listener' | 'url' | 'method' | 'path'>;

/** Every route of every listener, with what its own document says of it, or else another listener's. */
export async function operationsOf(listeners: readonly Listener[]): Promise<readonly Operation[]> {
  const documents = new Map<string, Document | undefined>();
  for (const { url } of listeners) documents.set(url, await documentOf(url));
  return listeners.flatMap(({ name: listener, url, routes }) =>
    routes.map(({ method, path: route }) => {
      const place = { listener, url, method, path: route.replace(/:(\w+)/g, '{$1}') };
      return toOperation(place, [documents.get(url), ...documents.values()]);
    }),
  );
}

async function documentOf(url: string): Promise<Document | undefined> {
  const response = await fetch(`${url}/openapi.json`);
  const document: unknown = await response.json();
  return response.ok ? (document as Document) : undefined;
}

function toOperation(place: Place, documents: readonly (Document | undefined)[]): Operation {
  for (const document of documents) {
    const written = document && writtenAt(place, document);
    if (document && written) return documented(place, written, document);
  }
  const id = `${place.method} ${place.path}`;
  return {
    ...place,
    id,
    document: {},
    isDocumented: false,
    isOpen: true,
    takesFile: false,
    parameters: [],
    answers: {},
  };
}

function writtenAt({ method, path }: Place, { paths }: Document): Written | undefined {
  for (const [name, item] of Object.entries(paths)) {
    const written = item[method.toLowerCase()];
    const isHere = written?.servers?.some(({ url }) => url.replace(/\/$/, '') + name === path) ?? name === path;
    if (isHere) return written;
  }
  return undefined;
}

function documented(
  place: Place,
  { operationId: id, security = [], parameters = [], requestBody, responses }: Written,
  document: Document,
): Operation {
  const schema = requestBody?.content?.['application/json']?.schema;
  const body = schema && { schema: resolve(schema, document), required: requestBody.required ?? false };
  const answers = Object.fromEntries(
    Object.entries(responses).map(([status, { content = {} }]) => [status, contentsOf(content)]),
  );
  const isOpen = security.length === 0;
  const takesFile = requestBody !== undefined && !body;
  return { ...place, id, document, isDocumented: true, isOpen, takesFile, parameters, answers, ...(body && { body }) };
}

function contentsOf(content: NonNullable<WrittenContent['content']>): Contents {
  return Object.fromEntries(Object.entries(content).map(([type, { schema = {} }]) => [type, schema]));
}

/** Names of all members that a document's schemas speak of. */
export function memberNames(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, member] of Object.entries(value)) {
    if (name === 'properties' && typeof member === 'object' && member !== null) {
      for (const property of Object.keys(member)) found.add(property);
    }
    memberNames(member, found);
  }
  return found;
}
