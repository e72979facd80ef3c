import { expect, it } from 'vitest';
import { POSTGRES_MIGRATIONS } from '../src/postgres/migrations.ts';
import { MIGRATIONS } from '../src/sqlite/migrations.ts';

it('every version of the schema is there for both databases', () => {
  expect(POSTGRES_MIGRATIONS).toHaveLength(MIGRATIONS.length);
});
