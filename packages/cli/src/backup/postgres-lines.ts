import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { DatabaseInShell } from '../commands/database.ts';
import { CliError } from '../failure.ts';
import { shellWord } from '../output/shell-word.ts';

/** Files of a home that belong to its books, wherever these are. */
const HOME_FILES =
  'coordinator.key derivation.key operator.key node.token invite.code node.key coordinators.json log.json';

interface Place {
  readonly database: DatabaseInShell;
  readonly file: string;
  readonly home: string;
}

/** PostgreSQL has tools of its own, which know its versions, roles and extensions. */
export function postgresBackup({ database: { address, variables }, file, home }: Place): CliError {
  return inPostgres('back them up, while the network runs, too', [
    `(umask 077 && ${variables}pg_dump --format=custom --no-owner --file=${shellWord(file)} ${address})`,
    `(cd ${shellWord(home)} && umask 077 && tar -cf ${shellWord(`${file}.keys.tar`)} $(ls ${HOME_FILES} 2>/dev/null))`,
  ]);
}

export function postgresRestore({ database: { address, variables }, file, home }: Place): CliError {
  return inPostgres('restore them into an empty database', [
    `${variables}pg_restore --exit-on-error --single-transaction --no-owner --dbname=${address} ${shellWord(file)}`,
    `mkdir -p -m 700 ${shellWord(home)} && tar -xf ${shellWord(`${file}.keys.tar`)} -C ${shellWord(home)}`,
    `plexus restore --new-log --home ${shellWord(home)}`,
  ]);
}

/** Whether a file is a backup of books in SQLite, or such books themselves. */
export async function isOfSqlite(file: string): Promise<boolean> {
  const start = createReadStream(file, { end: SQLITE_MAGIC.length - 1, encoding: 'latin1' });
  return (await text(start).catch(() => '')) === SQLITE_MAGIC;
}

/** Source: SQLite, "Database File Format", 1.3. */
const SQLITE_MAGIC = 'SQLite format 3\0';

export function sqliteIntoPostgres(file: string): CliError {
  return new CliError(`${file} has books in SQLite: there is no way for them into PostgreSQL; nothing was done`, {
    hint: 'Restore it into SQLite: leave --database and PLEXUS_DATABASE away.',
  });
}

function inPostgres(what: string, lines: readonly string[]): CliError {
  return new CliError(`The books are in PostgreSQL; nothing was done`, {
    hint: `Its own tools ${what}:\n\n${lines.map((line) => `  ${line}`).join('\n')}\n`,
  });
}
