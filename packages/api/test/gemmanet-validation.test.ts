import { DomainError } from '@plexus/core';
import { MAX_BODY_BYTES } from '@plexus/protocol';
import { expect, test } from 'vitest';
import { aJob, aListener } from './fakes.ts';

const REQUEST = { task_type: 'echo', content: 'Hello', api_key: 'gn_client' };

async function post(payload: string, headers = {}, url: string = '/api/v1/request') {
  const app = await aListener();
  return await app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
}

async function details(body: unknown) {
  const response = await post(JSON.stringify(body), { authorization: 'Bearer gn_client' });
  expect(response.statusCode).toBe(422);
  return response.json().detail;
}

test('what is missing is named, all of it', async () => {
  const input = { api_key: '[redacted]' };
  expect(await details({ api_key: 'gn_client' })).toStrictEqual([
    { type: 'missing', loc: ['body', 'task_type'], msg: 'Field required', input },
    { type: 'missing', loc: ['body', 'content'], msg: 'Field required', input },
  ]);
});

const STRING = { type: 'string_type', msg: 'Input should be a valid string' };
const DICT = { type: 'dict_type', msg: 'Input should be a valid dictionary' };
const INT = { type: 'int_type', msg: 'Input should be a valid integer' };
const FRACTION = {
  type: 'int_from_float',
  msg: 'Input should be a valid integer, got a number with a fractional part',
};
const bound = (type: string, msg: string, ctx: object) => ({ type, msg, ctx });

test.each([
  ['content', 5, STRING],
  ['content', null, STRING],
  ['api_key', 5, STRING],
  ['params', [], DICT],
  ['params', null, DICT],
  ['max_cost', '50', INT],
  ['max_cost', true, INT],
  ['max_cost', 0.5, FRACTION],
  ['max_cost', -1, bound('greater_than_equal', 'Input should be greater than or equal to 0', { ge: 0 })],
  ['max_cost', 2e9, bound('less_than_equal', 'Input should be less than or equal to 1000000000', { le: 1e9 })],
  ['task_type', '', bound('string_too_short', 'String should have at least 1 character', { min_length: 1 })],
  [
    'task_type',
    'x'.repeat(201),
    bound('string_too_long', 'String should have at most 200 characters', { max_length: 200 }),
  ],
])('%s %j is answered in the words of pydantic', async (field, input, { type, ...words }) => {
  const body = { ...REQUEST, [field]: input };
  expect(await details(body)).toStrictEqual([{ type, loc: ['body', field], input, ...words }]);
});

test('a body that is no object, or none, is said to be so', async () => {
  const msg = 'Input should be a valid dictionary or object to extract fields from';
  expect(await details('text')).toStrictEqual([{ type: 'model_attributes_type', loc: ['body'], msg, input: 'text' }]);
  expect(await details([1])).toStrictEqual([{ type: 'model_attributes_type', loc: ['body'], msg, input: [1] }]);
  const withoutKey = await post('[1]');
  expect([withoutKey.statusCode, withoutKey.json().detail[0].type]).toStrictEqual([422, 'model_attributes_type']);
  const missing = [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }];
  expect(await details(null)).toStrictEqual(missing);
  expect((await post('', { authorization: 'Bearer gn_client' })).json().detail).toStrictEqual(missing);
});

test.each([
  ['{"task_type": ', 14],
  ['{not json}', 1],
  ['{"a": x}', 6],
  ['{"a": 1,}', 8],
  ['{"a": "é" x}', 10],
  ['nope', 1],
])('%s is no JSON', async (text, position) => {
  const response = await post(text);
  expect(response.statusCode).toBe(422);
  expect(response.json().detail).toStrictEqual([
    {
      type: 'json_invalid',
      loc: ['body', position],
      msg: 'JSON decode error',
      input: {},
      ctx: { error: expect.any(String) },
    },
  ]);
});

test('members that would poison a prototype are refused', async () => {
  const response = await post('{"api_key": "gn_client", "__proto__": {"admin": true}}');
  expect(response.json().detail[0]).toMatchObject({ type: 'json_invalid', ctx: { error: /__proto__/ } });
});

test('a body nested without end is refused, not a crash', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const response = await post(`{"task_type":"echo","content":"","params":{"a":${deep}},"api_key":"gn_client"}`);
  expect(response.statusCode).toBe(422);
  expect(response.json().detail[0]).toMatchObject({ type: 'json_invalid', ctx: { error: 'recursion limit exceeded' } });
});

test.each([
  ['abc', 'int_parsing', 'Input should be a valid integer, unable to parse string as an integer', undefined],
  ['', 'int_parsing', 'Input should be a valid integer, unable to parse string as an integer', undefined],
  ['0', 'greater_than_equal', 'Input should be greater than or equal to 1', { ge: 1 }],
  ['1001', 'less_than_equal', 'Input should be less than or equal to 1000', { le: 1000 }],
])('limit=%s is %s', async (limit, type, msg, ctx) => {
  const app = await aListener();
  const headers = { authorization: 'Bearer gn_client' };
  const response = await app.inject({ url: `/api/v1/history?limit=${limit}`, headers });
  expect(response.statusCode).toBe(422);
  expect(response.json().detail).toStrictEqual([
    { type, loc: ['query', 'limit'], msg, input: limit, ...(ctx && { ctx }) },
  ]);
});

test('what only the domain finds wrong has the same form', async () => {
  const refuse = () =>
    Promise.reject(new DomainError('INVALID_INPUT', 'max_tokens is too large', { field: 'params.max_tokens' }));
  const app = await aListener({ gemmanet: { jobs: { submit: refuse, rate: refuse } } });
  const payload = { ...REQUEST, params: { max_tokens: 99_999 } };
  const response = await app.inject({ method: 'POST', url: '/api/v1/request', payload });
  expect(response.statusCode).toBe(422);
  expect(response.json().detail).toStrictEqual([
    {
      type: 'value_error',
      loc: ['body', 'params', 'max_tokens'],
      msg: 'Value error, max_tokens is too large',
      input: 99_999,
    },
  ]);
});

test('a body of the largest size is taken, one byte more is not', async () => {
  const app = await aListener({
    gemmanet: { jobs: { submit: async ({ content }) => aJob({ result: String(content.length) }), rate: never } },
  });
  const frame = JSON.stringify({ ...REQUEST, content: '' });
  const send = (bytes: number) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/request',
      headers: { 'content-type': 'application/json' },
      payload: frame.replace('""', `"${'a'.repeat(bytes - frame.length)}"`),
    });
  const largest = await send(MAX_BODY_BYTES);
  expect([largest.statusCode, largest.json().result]).toStrictEqual([200, String(MAX_BODY_BYTES - frame.length)]);
  const larger = await send(MAX_BODY_BYTES + 1);
  expect([larger.statusCode, larger.json()]).toStrictEqual([413, { detail: 'Request body is too large' }]);
});

const never = () => Promise.reject(new Error('not meant to be called'));

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('%s is no JSON', async (type) => {
  const response = await post('task_type=echo', { 'content-type': type });
  expect(response.statusCode).toBe(415);
  expect(response.json()).toStrictEqual({
    detail: 'Unsupported Media Type: send JSON, with the header content-type: application/json',
  });
});
