import { AITBC_PREFIXES, aitbcEndpoints, gemmanetEndpoints, openAiEndpoints, plexusEndpoints } from '@plexus/protocol';
import { expect, test } from 'vitest';
import {
  aitbcErrorSchema,
  gemmanetErrorSchema,
  openAiErrorSchema,
  openApiDocument,
  plexusErrorSchema,
} from '../src/index.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly required: boolean };
  readonly responses: Readonly<Record<string, unknown>>;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly tags: readonly string[];
}

const TABLES = [
  { tag: 'GemmaNet', endpoints: gemmanetEndpoints, errorSchema: gemmanetErrorSchema },
  { tag: 'Plexus', endpoints: plexusEndpoints, errorSchema: plexusErrorSchema },
  { tag: 'OpenAI', endpoints: openAiEndpoints, errorSchema: openAiErrorSchema },
  { tag: 'AITBC', endpoints: aitbcEndpoints, errorSchema: aitbcErrorSchema, prefixes: AITBC_PREFIXES },
];
const document = openApiDocument({ title: 'Plexus', version: '1.0.0', tables: TABLES });
const paths = document['paths'] as Record<string, Record<string, Operation>>;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

test('every endpoint is an operation, under an id of its own', () => {
  const endpoints = TABLES.flatMap((table) => Object.values(table.endpoints));
  expect(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).toSorted()).toStrictEqual(
    endpoints.map(({ path, method }) => `${method} ${path}`).toSorted(),
  );
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(endpoints.length);
});

test('says under which addresses the same paths are served', () => {
  const { getJob } = aitbcEndpoints;
  expect(paths[getJob.path]?.['get']).toMatchObject({ servers: [{ url: '/' }, { url: '/api' }] });
  expect(paths['/plexus/v1/jobs']?.['get']).not.toHaveProperty('servers');
});

test('every parameter of a path is declared and required', () => {
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(
      declared.map(({ name }) => name),
      path,
    ).toStrictEqual(inPath);
    expect(
      declared.every(({ required }) => required),
      path,
    ).toBe(true);
  }
});

test('every reference, tag and security scheme exists', () => {
  const components = document['components'] as Record<string, Record<string, unknown>>;
  const tags = (document['tags'] as { name: string }[]).map(({ name }) => name);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references) {
    const [, , kind = '', name = ''] = reference?.split('/') ?? [];
    expect(components[kind], reference).toHaveProperty(name);
  }
  for (const { operation } of operations) {
    expect(tags).toEqual(expect.arrayContaining([...operation.tags]));
    for (const scheme of operation.security.flatMap((option) => Object.keys(option))) {
      expect(components['securitySchemes']).toHaveProperty(scheme);
    }
  }
});

test('an operation says what the table says', () => {
  const submit = paths['/api/v1/request']?.['post'];
  expect(submit).toMatchObject({ operationId: 'submitRequest', tags: ['GemmaNet'], requestBody: { required: true } });
  expect(Object.keys(submit?.responses ?? {})).toStrictEqual(['200', '401', '402', '404', '504', 'default']);
  expect(submit?.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header', required: false }]);
  expect(paths['/api/v1/register']?.['post']?.requestBody?.required).toBe(false);
  expect(paths['/api/v1/history']?.['get']?.parameters).toMatchObject([
    {
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 20 },
    },
  ]);
  expect(paths['/plexus/v1/info']?.['get']?.security).toStrictEqual([]);
});

test('the other forms of an answer are declared', () => {
  const chat = paths['/v1/chat/completions']?.['post'];
  expect(chat?.responses['200']).toMatchObject({
    content: { 'application/json': {}, 'text/event-stream': { schema: { type: 'string' } } },
  });
  expect(chat?.responses['202']).toMatchObject({ content: { 'application/json': {} } });
  expect(chat?.parameters?.map(({ name }) => name)).toStrictEqual(['Idempotency-Key', 'Prefer']);
  const embeddings = paths['/v1/embeddings']?.['post']?.responses['200'];
  expect(embeddings).not.toMatchObject({ content: { 'text/event-stream': {} } });
});

test('an id that an earlier table has already begins with the tag', () => {
  const [table] = TABLES;
  const other = { tag: 'Other', endpoints: { getStatus: { ...gemmanetEndpoints.getStatus, path: '/other' } } };
  const both = openApiDocument({
    title: 'Both',
    version: '1',
    tables: [table as (typeof TABLES)[0], { ...other, errorSchema: gemmanetErrorSchema }],
  });
  const item = both['paths'] as Record<string, { get: Operation }>;
  expect(item['/other']?.get.operationId).toBe('Other_getStatus');
  expect(item['/api/v1/status']?.get.operationId).toBe('getStatus');
});
