import Type, { type TSchema } from 'typebox';
import { expect, test } from 'vitest';
import { createValidatorCompiler, SchemaViolation } from '../src/validators.ts';
import { describeViolation } from '../src/violation.ts';

const Price = Type.String({ pattern: '^\\d+$', description: 'Credits, for example `10`.' });
const Word = Type.Union([Type.Literal('success'), Type.Literal('failed')]);

test.each<[string, TSchema, unknown, string]>([
  ['a missing field', Type.Object({ id: Type.String() }), {}, 'id: is missing'],
  [
    'a list of words',
    Type.Object({ codec: Type.Enum(['h264', 'av1']) }),
    { codec: 'x' },
    'codec: must be one of h264, av1',
  ],
  ['constants', Type.Object({ status: Word }), { status: 'x' }, 'status: must be one of success, failed'],
  ['one constant', Type.Object({ version: Type.Literal('1.0') }), { version: '2' }, 'version: must be 1.0'],
  [
    'a text of a form',
    Type.Object({ price: Price }),
    { price: 'x' },
    'price: must match pattern "^\\d+$": Credits, for example `10`.',
  ],
  [
    'one of several forms',
    Type.Object({ can: Type.Union([Type.Array(Type.String()), Type.Object({ cpu: Type.String() })]) }),
    { can: { cpu: 8 } },
    'can.cpu: must be string',
  ],
  [
    'several kinds',
    Type.Object({ can: Type.Union([Type.Array(Type.String()), Type.Object({ cpu: Type.String() })]) }),
    { can: 5 },
    'can: must be array or object',
  ],
  [
    'a list that is too long where one value may stand, too',
    Type.Object({ id: Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 1 })]) }),
    { id: ['a', 'b'] },
    'id: must NOT have more than 1 items',
  ],
  ['a size', Type.Object({ limit: Type.Integer({ minimum: 1 }) }), { limit: 0 }, 'limit: must be >= 1'],
])('a refusal says of %s what there may be', (_what, schema, body, message) => {
  const check = createValidatorCompiler()({ schema, httpPart: 'body', method: 'POST', url: '/' });
  const found = check(body);
  const error = typeof found === 'object' && 'error' in found ? found.error : undefined;
  expect(error).toBeInstanceOf(SchemaViolation);
  expect(describeViolation(error as SchemaViolation).message).toBe(message);
});
