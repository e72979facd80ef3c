import type { Database, Row, SqlValue } from './adapter.ts';

/** How a thing is spread over the columns of its table, in their order. */
export type Columns<T> = Readonly<Record<string, (thing: T) => SqlValue>>;

/** Writes one thing as one row. */
export type Insert<T> = (thing: T) => void;

/** Prepares an insert; with a key, a row that is there already is replaced. */
export function prepareInsert<T>(
  database: Database,
  table: string,
  columns: Columns<T>,
  replaceOn?: readonly string[],
): Insert<T> {
  const names = Object.keys(columns);
  const reads = Object.values(columns);
  const statement = database.prepare(insertInto(table, names) + (replaceOn ? replacing(names, replaceOn) : ''));
  return (thing) => statement.run(reads.map((read) => read(thing)));
}

/** Prepares an insert whose figures are added to those of a row that is there already. */
export function prepareAddition<T>(
  database: Database,
  table: string,
  columns: Columns<T>,
  key: readonly string[],
): Insert<T> {
  const names = Object.keys(columns);
  const reads = Object.values(columns);
  const figures = names.filter((name) => !key.includes(name));
  const sums = figures.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', ');
  const statement = database.prepare(
    `${insertInto(table, names)} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${sums}`,
  );
  return (thing) => statement.run(reads.map((read) => read(thing)));
}

/** The statement that inserts one row of these columns. */
export function insertInto(table: string, names: readonly string[]): string {
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}

function replacing(names: readonly string[], key: readonly string[]): string {
  const others = names.filter((name) => !key.includes(name));
  return ` ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}

/** A time, or nothing, as milliseconds since 1970. */
export function toTime(date: Date | undefined): number | null {
  return date === undefined ? null : date.getTime();
}

export function readText(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw mismatch(column, value);
}

/** A text that this program wrote out of a closed set of words. */
export function readWord<W extends string>(row: Row, column: string): W {
  return readText(row, column) as W;
}

/** JSON that this program wrote out of a value of that type. */
export function readJson<T>(row: Row, column: string): T {
  return JSON.parse(readText(row, column)) as T;
}

export function readMoney(row: Row, column: string): bigint {
  const value = row[column];
  if (typeof value === 'bigint') return value;
  throw mismatch(column, value);
}

export function readNumber(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return value;
  throw mismatch(column, value);
}

export function readFlag(row: Row, column: string): boolean {
  return readNumber(row, column) !== 0;
}

export function readTime(row: Row, column: string): Date {
  return new Date(readNumber(row, column));
}

export function readBytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw mismatch(column, value);
}

/** Reads a column that may be empty. */
export function readOptional<T>(row: Row, column: string, read: (row: Row, column: string) => T): T | undefined {
  return row[column] === null ? undefined : read(row, column);
}

/** Leaves out what is undefined, so that absent fields are absent. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function mismatch(column: string, value: unknown): TypeError {
  return new TypeError(`Column ${column} holds a ${value === null ? 'NULL' : typeof value}`);
}
