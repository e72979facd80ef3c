import { fromSqlText, toSqlText } from './text.ts';

/** What can be bound. Anything else is refused before it reaches native code, where it would end the process. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** Every integer is read as a bigint, exactly; blobs as plain bytes. */
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  run(values: readonly SqlValue[]): void;
  get(values?: readonly SqlValue[]): Row | undefined;
  all(values?: readonly SqlValue[]): readonly Row[];
}

/** One connection, whichever library is under it. */
export interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

/** What both libraries' statements come to: values in one array, raw rows out. */
export interface NativeStatement {
  run(values: SqlValue[]): unknown;
  get(values: SqlValue[]): unknown;
  all(values: SqlValue[]): unknown[];
}

/** A library's connection behind the common interface. */
export function adapt(
  native: { exec(sql: string): unknown; close(): unknown },
  prepare: (sql: string) => NativeStatement,
): Database {
  return {
    prepare(sql) {
      const statement = prepare(sql);
      return {
        run: (values) => void statement.run(values.map(toNative)),
        get(values = []) {
          const row = statement.get(values.map(toNative));
          return row === undefined ? undefined : toRow(row);
        },
        all: (values = []) => statement.all(values.map(toNative)).map(toRow),
      };
    },
    exec: (sql) => void native.exec(sql),
    close: () => void native.close(),
  };
}

function toNative(value: SqlValue): SqlValue {
  if (typeof value === 'string') return toSqlText(value);
  if (typeof value === 'number' || typeof value === 'bigint' || value === null) return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQL cannot hold a ${typeof value}`);
}

/** The row is the library's own new object, so it is changed in place. */
function toRow(native: unknown): Row {
  const row = native as Record<string, SqlValue | ArrayBuffer>;
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'string') row[name] = fromSqlText(value);
    else if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value);
    else if (Buffer.isBuffer(value)) row[name] = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return row as Row;
}
