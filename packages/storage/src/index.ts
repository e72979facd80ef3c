export type { SqliteBooksOptions } from './sqlite/sqlite-books.ts';
export { createSqliteBooks } from './sqlite/sqlite-books.ts';
export type { StorageErrorCode } from './storage-error.ts';
export { StorageError } from './storage-error.ts';
