import Type from 'typebox';
import { expect, it } from 'vitest';
import { toCamel, toSnake } from '../src/names.ts';

const Item = Type.Object({ item_id: Type.String(), key_sha256: Type.String() });
const Schema = Type.Object({
  job_id: Type.String(),
  max_cost: Type.Optional(Type.String()),
  items: Type.Array(Item),
  first_item: Type.Union([Item, Type.Null()]),
  free_form: Type.Unknown(),
  by_name: Type.Record(Type.String(), Type.Unknown()),
});
const WIRE = {
  job_id: 'a_b',
  items: [{ item_id: '1', key_sha256: 'x' }],
  first_item: { item_id: '2', key_sha256: 'y' },
  free_form: { own_name: { inner_name: 1 } },
  by_name: { some_key: { own_name: 2 } },
};
const CAMEL = {
  jobId: 'a_b',
  items: [{ itemId: '1', keySha256: 'x' }],
  firstItem: { itemId: '2', keySha256: 'y' },
  freeForm: { own_name: { inner_name: 1 } },
  byName: { some_key: { own_name: 2 } },
};

it('names fields as JavaScript does, and leaves alone what is a user’s own', () => {
  expect(toCamel(Schema, WIRE)).toEqual(CAMEL);
  expect(toCamel(Schema, { ...WIRE, first_item: null })).toEqual({ ...CAMEL, firstItem: null });
});

it('takes fields in either form, and fields that no schema knows as they are', () => {
  expect(toSnake(Schema, CAMEL)).toEqual(WIRE);
  expect(toSnake(Schema, WIRE)).toEqual(WIRE);
  expect(toSnake(Schema, { jobId: 'x', max_cost: '1', newField: { aB: 1 } })).toEqual({
    job_id: 'x',
    max_cost: '1',
    newField: { aB: 1 },
  });
});

it('names a field of an answer that is newer than this client', () => {
  expect(toCamel(Schema, { new_field: { own_name: 1 } })).toEqual({ newField: { own_name: 1 } });
});

it.each([null, 5, 'text', [1]])('leaves %j as it is', (value) => {
  expect(toCamel(Schema, value)).toEqual(value);
});
