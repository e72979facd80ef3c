/** The option that puts the books into PostgreSQL. */
import { hasCode } from '@plexus/protocol';
import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import type { Io } from '../io.ts';
import { shellWord } from '../output/shell-word.ts';

export interface DatabaseFlags {
  readonly database?: string;
}

export function withDatabase(command: Command): Command {
  return command.option(
    '--database <url>',
    'keep the books in PostgreSQL: postgres://user:password@host:port/database (PLEXUS_DATABASE)',
  );
}

/** The database that was named, if one was. */
export function databaseOf({ database }: DatabaseFlags, env: Io['env']): DatabaseFlags {
  const named = database ?? (env['PLEXUS_DATABASE'] || undefined);
  return named === undefined ? {} : { database: named };
}

/** How the database that was named is named in a line to paste: a password that came unseen is not shown. */
export function databaseInShell({ database }: DatabaseFlags, env: Io['env']): string | undefined {
  if (database !== undefined) return shellWord(database);
  return env['PLEXUS_DATABASE'] ? '"$PLEXUS_DATABASE"' : undefined;
}

/** Books that cannot be used, with what to do; any other error as it is. The doctor looks into a database that was named. */
export function databaseError(error: unknown, { database }: DatabaseFlags): unknown {
  if (!(error instanceof Error) || error.name !== 'StorageError') return error;
  return new CliError(error.message, { hint: hintFor(error, database), cause: error });
}

function hintFor(error: Error, database: string | undefined): string | undefined {
  if (hasCode(error, 'in_use')) {
    return 'End that coordinator first, or give this one a home (--home DIR) or a database (--database URL) of its own.';
  }
  return database === undefined ? undefined : '`plexus doctor --database URL` looks into it.';
}
