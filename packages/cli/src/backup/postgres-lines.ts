import { CliError } from '../failure.ts';
import { shellWord } from '../output/shell-word.ts';

/** Files of a home that belong to its books, wherever these are. */
const HOME_FILES =
  'coordinator.key derivation.key operator.key node.token invite.code node.key coordinators.json log.json';

interface Place {
  /** As a word of a shell. */
  readonly database: string;
  readonly file: string;
  readonly home: string;
}

/** PostgreSQL has tools of its own, which know its versions, roles and extensions. */
export function postgresBackup({ database, file, home }: Place): CliError {
  return inPostgres('back them up, while the network runs, too', [
    `(umask 077 && pg_dump --format=custom --no-owner --file=${shellWord(file)} ${database})`,
    `(cd ${shellWord(home)} && umask 077 && tar -cf ${shellWord(`${file}.keys.tar`)} $(ls ${HOME_FILES} 2>/dev/null))`,
  ]);
}

export function postgresRestore({ database, file, home }: Place): CliError {
  return inPostgres('restore them into an empty database', [
    `pg_restore --exit-on-error --single-transaction --no-owner --dbname=${database} ${shellWord(file)}`,
    `mkdir -p -m 700 ${shellWord(home)} && tar -xf ${shellWord(`${file}.keys.tar`)} -C ${shellWord(home)}`,
    `plexus restore --new-log --home ${shellWord(home)}`,
  ]);
}

function inPostgres(what: string, lines: readonly string[]): CliError {
  return new CliError(`The books are in PostgreSQL; nothing was done`, {
    hint: `Its own tools ${what}:\n\n${lines.map((line) => `  ${line}`).join('\n')}\n`,
  });
}
