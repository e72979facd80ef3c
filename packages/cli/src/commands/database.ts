/** The option that puts the books into PostgreSQL. */
import { hasCode } from '@plexus/protocol';
import type { Command } from 'commander';
import { CliError, usageError } from '../failure.ts';
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

/** Words of a shell that give a database to PostgreSQL's tools. */
export interface DatabaseInShell {
  /** Its address without the password: everybody on the machine can read what a program is started with. */
  readonly address: string;
  /** What is set before the name of a tool, for it alone; empty where the address has no password. */
  readonly variables: string;
}

/**
 * How the database that was named is named in a line to paste: a password that came unseen is not shown.
 *
 * @throws {CliError} when it is no address
 */
export function databaseInShell(flags: DatabaseFlags, env: Io['env']): DatabaseInShell | undefined {
  const { database: named } = databaseOf(flags, env);
  if (named === undefined) return undefined;
  const { url, password } = withoutPassword(named);
  const secret = flags.database === undefined ? `"$(${PASSWORD})"` : shellWord(password);
  return { address: shellWord(url.href), variables: password === '' ? '' : `PGPASSWORD=${secret} ` };
}

function withoutPassword(named: string): { readonly url: URL; readonly password: string } {
  try {
    const url = new URL(named);
    const password = decodeURIComponent(url.password);
    url.password = '';
    // Whoever gave it there is asked for it.
    if (url.searchParams.has('password')) url.searchParams.delete('password');
    return { url, password };
  } catch {
    throw usageError('A database is named as postgres://user:password@host:port/database, with % in a password as %25');
  }
}

/** A line that writes the password out of the variable. */
const PASSWORD = `node -p 'decodeURIComponent(new URL(process.env.PLEXUS_DATABASE).password)'`;

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
