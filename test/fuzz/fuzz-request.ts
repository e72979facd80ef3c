/** Requests as fuzzed: parts that can be changed one by one, and then the bytes. */
import fc from 'fast-check';
import { tar, tarGz } from '../../packages/runners/test/archives.ts';
import type { FuzzCaller } from './callers.ts';
import { writeJson } from './json-text.ts';
import { fieldsOf, type Reading, valuesOf } from './json-schema.ts';
import type { Operation, ParameterPlace } from './operations.ts';
import { bytesOf, type RawRequest } from './raw-http.ts';

/** A request before it is written down. */
export interface Parts {
  readonly operation: Operation;
  readonly caller: FuzzCaller;
  readonly keyPlace: 'bearer' | 'header';
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
  /** Absent where nothing is sent; bytes are a file. */
  readonly body: unknown;
}

/** Characters of a request that a failure shows. */
const SHOWN = 3000;

/** Archives, as far as that is what is wanted, and other bytes. */
const files: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.constantFrom(tar([{ name: 'main.py', content: 'print(1)' }]), tarGz([{ name: 'main.py' }]), tar([])),
);

/** Requests that fit the operation's schemas, by anybody. */
export function validParts(
  operation: Operation,
  callers: readonly FuzzCaller[],
  reading: Reading,
): fc.Arbitrary<Parts> {
  const { body, takesFile } = operation;
  const value = body ? valuesOf(body.schema, reading) : takesFile ? files : fc.constant(undefined);
  return fc.record({
    operation: fc.constant(operation),
    caller: fc.oneof(...callers.map((caller) => ({ weight: caller.weight, arbitrary: fc.constant(caller) }))),
    keyPlace: fc.constantFrom('bearer', 'header'),
    path: parametersOf(operation, 'path', reading),
    query: parametersOf(operation, 'query', reading),
    header: parametersOf(operation, 'header', reading),
    body: body && !body.required ? fc.oneof({ weight: 5, arbitrary: value }, fc.constant(undefined)) : value,
  });
}

function parametersOf(
  { parameters }: Operation,
  place: ParameterPlace,
  reading: Reading,
): fc.Arbitrary<Record<string, unknown>> {
  const here = parameters.filter((parameter) => parameter.in === place);
  const fields = Object.fromEntries(here.map(({ name, schema }) => [name, valuesOf(schema, reading, name)]));
  return fieldsOf(fields, new Set(here.filter(({ required }) => required).map(({ name }) => name)));
}

export function rawRequest(parts: Parts): RawRequest {
  const { operation, header, body } = parts;
  const isFile = body instanceof Uint8Array;
  const bytes = body === undefined ? undefined : isFile ? body : Buffer.from(writeJson(body));
  const type = isFile ? 'application/octet-stream' : 'application/json';
  const own = Object.entries(header).map(([name, value]) => [name, headerText(value)] as const);
  return {
    method: operation.method,
    target: targetOf(parts),
    headers: [...commonHeaders(parts), ...own, ...(bytes ? [['content-type', type] as const] : [])],
    ...(bytes && { body: bytes }),
  };
}

/** What makes a request reach its endpoint, as its caller. */
function commonHeaders({ operation, caller, keyPlace }: Parts): RawRequest['headers'] {
  const key = caller.key === undefined ? [] : [keyHeader(caller.key, keyPlace)];
  return [['host', new URL(operation.url).host], ['connection', 'close'], ...key];
}

function keyHeader(key: string, place: Parts['keyPlace']): readonly [string, string] {
  return place === 'bearer' ? ['authorization', `Bearer ${key}`] : ['x-api-key', key];
}

function targetOf({ operation, path, query }: Parts): string {
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encode(path[name]));
  const fields = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${encode(name)}=${encode(one)}`),
  );
  return fields.length === 0 ? filled : `${filled}?${fields.join('&')}`;
}

function encode(value: unknown): string {
  return encodeURIComponent(wellFormed(textOf(value)));
}

/** A lone surrogate, of which there is no UTF-8, becomes U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : writeJson(value);
}

/** What cannot stand in a header makes no request at all, which is for others to try. */
function headerText(value: unknown): string {
  return textOf(value).replace(/[^\x20-\x7e\x80-\xff]/g, '?');
}

/** How a failure shows the request: as it went over the wire. */
export function shown(request: RawRequest): string {
  const text = bytesOf(request).toString('latin1');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} bytes)` : text;
}
