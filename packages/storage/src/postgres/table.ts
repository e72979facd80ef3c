import type { Columns } from '../sqlite/columns.ts';
import { toSqlText } from '../sqlite/text.ts';
import { type Cell, type ColumnType, encodeArray } from './binary-array.ts';
import type { Statement } from './session.ts';

/** A table and how a thing is spread over its columns. */
export interface Table<T> {
  readonly name: string;
  readonly columns: readonly Column<T>[];
}

interface Column<T> {
  readonly name: string;
  readonly type: ColumnType;
  readonly read: (thing: T) => Cell;
}

/** Which columns are no text. */
export type ColumnTypes = Partial<Readonly<Record<Exclude<ColumnType, 'text'>, readonly string[]>>>;

/** Writes any number of things as rows with one statement. */
export type Batch<T> = (things: readonly T[]) => Statement;

export function table<T>(name: string, columns: Columns<T>, types: ColumnTypes): Table<T> {
  return {
    name,
    columns: Object.entries(columns).map(([column, read]) => ({ name: column, ...cellOf(column, read) })),
  };

  function cellOf(column: string, read: (thing: T) => Cell): Pick<Column<T>, 'type' | 'read'> {
    for (const type of ['int8', 'bytea', 'float8'] as const) if (types[type]?.includes(column)) return { type, read };
    return { type: 'text', read: (thing) => textCell(read(thing)) };
  }
}

function textCell(cell: Cell): Cell {
  return typeof cell === 'string' ? toSqlText(cell) : cell;
}

/** Inserts rows that are new; with `ifAbsent` one that is there already stays as it is. */
export function insertBatch<T>({ name, columns }: Table<T>, { ifAbsent = false } = {}): Batch<T> {
  const names = columns.map((column) => column.name).join(', ');
  const conflict = ifAbsent ? ' ON CONFLICT DO NOTHING' : '';
  const text = `INSERT INTO ${name} (${names}) SELECT * FROM ${rowsFrom(columns)}${conflict}`;
  return (things) => ({ name: `insert ${name}`, text, values: cellsOf(columns, things) });
}

/** Adds to the other columns of rows that the keys find; those that are not there yet are inserted. */
export function addBatch<T>({ name, columns }: Table<T>, keys: readonly string[]): Batch<T> {
  const names = columns.map((column) => column.name);
  const sums = names.filter((column) => !keys.includes(column));
  const additions = sums.map((column) => `${column} = ${name}.${column} + excluded.${column}`).join(', ');
  const text = `INSERT INTO ${name} (${names.join(', ')}) SELECT * FROM ${rowsFrom(columns)} ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${additions}`;
  return (things) => ({ name: `add ${name}`, text, values: cellsOf(columns, things) });
}

/** Inserts rows; of those that the keys find, the other columns are replaced. */
export function replaceBatch<T>({ name, columns }: Table<T>, keys: readonly string[]): Batch<T> {
  const names = columns.map((column) => column.name);
  const others = names.filter((column) => !keys.includes(column));
  const changes = others.map((column) => `${column} = excluded.${column}`).join(', ');
  const text = `INSERT INTO ${name} (${names.join(', ')}) SELECT * FROM ${rowsFrom(columns)} ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${changes}`;
  return (things) => ({ name: `replace ${name}`, text, values: cellsOf(columns, things) });
}

/** Deletes the rows that the columns find. */
export function deleteBatch<T>({ name, columns }: Table<T>): Batch<T> {
  const names = columns.map((column) => column.name);
  const found = names.map((column) => `${name}.${column} = old.${column}`).join(' AND ');
  const text = `DELETE FROM ${name} USING ${rowsFrom(columns)} AS old (${names.join(', ')}) WHERE ${found}`;
  return (things) => ({ name: `delete ${name}`, text, values: cellsOf(columns, things) });
}

/** Replaces columns of rows that are there, which are found by the key. */
export function updateBatch<T>({ name, columns }: Table<T>, key: string, replaced: readonly string[]): Batch<T> {
  const used = columns.filter((column) => column.name === key || replaced.includes(column.name));
  const names = used.map((column) => column.name);
  const changes = replaced.map((column) => `${column} = new.${column}`).join(', ');
  const text = `UPDATE ${name} SET ${changes} FROM ${rowsFrom(used)} AS new (${names.join(', ')}) WHERE ${name}.${key} = new.${key}`;
  return (things) => ({ name: `update ${name}`, text, values: cellsOf(used, things) });
}

/** The columns of a table, one array each, as the rows of a query; they are the statement's first parameters. */
export function rowsFrom(columns: readonly Pick<Column<never>, 'type'>[]): string {
  return `unnest(${columns.map(({ type }, at) => `$${at + 1}::${type}[]`).join(', ')})`;
}

export function cellsOf<T>(columns: readonly Column<T>[], things: readonly T[]): Buffer[] {
  return columns.map(({ type, read }) => encodeArray(type, things.map(read)));
}
