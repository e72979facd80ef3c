import type { Database, Row, SqlValue, Statement } from './adapter.ts';

/** Runs queries whose text is put together from fixed pieces: each text is prepared once. Some databases take a while. */
export interface Queries {
  readonly one: <T>(sql: string, values: readonly SqlValue[], read: (row: Row) => T) => Awaitable<T | undefined>;
  readonly many: <T>(sql: string, values: readonly SqlValue[], read: (row: Row) => T) => Awaitable<readonly T[]>;
}

type Awaitable<T> = T | Promise<T>;

export function createQueries(database: Database): Queries {
  const prepared = new Map<string, Statement>();
  const statementOf = (sql: string): Statement => {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    one(sql, values, read) {
      const row = statementOf(sql).get(values);
      return row && read(row);
    },
    many: (sql, values, read) => statementOf(sql).all(values).map(read),
  };
}

/** A query and what is bound to it. */
export interface Query {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** The conditions that hold something, joined; each is a piece of SQL with one place for its value, or none. */
export function where(
  conditions: Readonly<Record<string, SqlValue | undefined>>,
  always: readonly string[] = [],
): Query {
  const given = Object.entries(conditions).filter((one): one is [string, SqlValue] => one[1] !== undefined);
  const pieces = [...always, ...given.map(([piece]) => piece)];
  return {
    sql: pieces.length === 0 ? '' : ` WHERE ${pieces.join(' AND ')}`,
    values: given.map(([, value]) => value),
  };
}
