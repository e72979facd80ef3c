import { describe, expect, it } from 'vitest';
import { grammarSchema } from '../src/llm/grammar-schema.ts';
import { RunError } from '../src/index.ts';

function refusal(schema: Record<string, unknown>): string {
  try {
    grammarSchema(schema);
  } catch (error) {
    if (error instanceof RunError && error.code === 'INVALID_INPUT') return error.message;
    throw error;
  }
  return 'taken';
}

const list = (items: unknown) => ({ type: 'array', items });

describe('a schema for a grammar', () => {
  it('keeps what a grammar can promise', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Person',
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 20, description: 'whole' },
        born: { type: ['string', 'null'], format: 'date' },
        kind: { const: 'x' },
        next: { anyOf: [{ $ref: '#/$defs/Person' }, { type: 'null' }] },
        tags: list({ enum: ['a', 1, null] }),
      },
      required: ['name'],
      $defs: { Person: { type: 'object', properties: { n: { type: 'number' } }, additionalProperties: false } },
    };
    expect(grammarSchema(schema)).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 20 },
        born: { oneOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
        kind: { enum: ['x'] },
        next: { oneOf: [{ $ref: '#/$defs/Person' }, { type: 'null' }] },
        tags: { type: 'array', items: { enum: ['a', 1, null] } },
      },
      additionalProperties: false,
      $defs: { Person: { type: 'object', properties: { n: { type: 'number' } }, additionalProperties: false } },
    });
  });
});

it('has integers in the bounds that Zod writes of every one', () => {
  const { MIN_SAFE_INTEGER: minimum, MAX_SAFE_INTEGER: maximum } = Number;
  expect(grammarSchema({ type: ['integer', 'null'], minimum, maximum })).toEqual({
    oneOf: [{ type: 'integer' }, { type: 'null' }],
  });
});

it('may refer to itself as a whole, as recursive schemas do', () => {
  const next = (ref: string) => ({ type: 'object', properties: { next: { $ref: ref } }, additionalProperties: false });
  expect(grammarSchema({ ...next('#'), $defs: { whole: { type: 'null' } } })).toEqual({
    $ref: '#/$defs/whole_',
    $defs: { whole: { type: 'null' }, whole_: next('#/$defs/whole_') },
  });
});

describe('a schema that no grammar can promise', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a pattern', { type: 'string', pattern: 'a+' }, /schema\.pattern cannot/],
    ['a bound of a number', list({ type: 'number', maximum: 3 }), /schema\.items\.maximum cannot/],
    ['a bound of an integer', list({ type: 'integer', minimum: 0 }), /schema\.items\.minimum cannot/],
    ['a format', { type: 'string', format: 'email' }, /schema\.format cannot/],
    ['no type', { properties: { a: {} } }, /schema\.properties\.a\.type must/],
    ['an unknown type', { type: 'date' }, /schema\.type must/],
    ['a required name without its schema', { properties: {}, required: ['a'] }, /required names what is no property/],
    ['a reference to nowhere', { $ref: '#/$defs/A' }, /leads nowhere/],
    ['several parts at once', { allOf: [{ type: 'null' }, { type: 'null' }] }, /allOf cannot/],
    ['objects as values', { enum: [{}] }, /plain values/],
    ['a long repetition', { type: 'string', maxLength: 1001 }, /more than 1000/],
    ['bounds that exclude each other', { type: 'array', minItems: 3, maxItems: 2 }, /is below/],
    ['a schema that is none', { items: true }, /schema\.items must be an object/],
  ])('is refused for %s by its place', (_what, schema, message) => {
    expect(refusal(schema)).toMatch(message);
  });

  it('is refused when it is nested without end', () => {
    let schema: Record<string, unknown> = { type: 'null' };
    for (let i = 0; i < 100; i++) schema = list(schema);
    expect(refusal(schema)).toMatch(/too large/);
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_none, i) => [`p${i}`, { type: 'null' }]));
    expect(refusal({ properties: many })).toMatch(/too large/);
  });
});
