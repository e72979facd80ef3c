/** The databases of Debian that the queues stand on: where they are, and what to install where they are not. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findPostgres } from '../../test/support/postgres.mjs';

/** @typedef {'redis' | 'postgres'} Database */

/** @type {Readonly<Record<Database, { debianPackage: string, find: () => string | undefined }>>} */
const DATABASES = {
  redis: { debianPackage: 'redis-server', find: () => onPath('redis-server') },
  postgres: { debianPackage: 'postgresql', find: findPostgres },
};

/**
 * The databases that are wanted.
 *
 * @param {ReadonlySet<Database>} wanted
 * @returns {{ programs: ReadonlyMap<Database, string>, missing: readonly string[] }} their paths; and the Debian packages of those that are not here
 */
export function findPrograms(wanted) {
  const found = [...wanted].map((name) => ({ name, path: DATABASES[name].find() }));
  return {
    programs: new Map(found.flatMap(({ name, path }) => (path === undefined ? [] : [[name, path]]))),
    missing: found.flatMap(({ name, path }) => (path === undefined ? [DATABASES[name].debianPackage] : [])),
  };
}

/** @param {string} program */
function onPath(program) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
