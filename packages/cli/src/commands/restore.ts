import { resolve } from 'node:path';
import type { Command } from 'commander';
import { inBackupProcess } from '../backup/in-process.ts';
import { isOfSqlite, postgresRestore, sqliteIntoPostgres } from '../backup/postgres-lines.ts';
import { restoredText } from '../backup/report-text.ts';
import { readEndpointFile } from '../endpoint-file.ts';
import { CliError, usageError } from '../failure.ts';
import type { Io } from '../io.ts';
import { fields } from '../output/table.ts';
import { examples, type JsonFlags, withHome, withJson } from '../session.ts';
import { homeOf, type HomeFlags } from '../settings.ts';
import { type DatabaseFlags, databaseInShell } from './database.ts';

interface RestoreFlags extends DatabaseFlags, HomeFlags, JsonFlags {
  readonly force?: boolean;
  readonly sameLog?: boolean;
  readonly newLog?: boolean;
}

export function addRestore(program: Command, io: Io): void {
  const restore = program
    .command('restore')
    .summary('make a home of a backup')
    .description(
      'Make a home of what `plexus backup` wrote. The file, its ledger and its log are checked before anything changes. ' +
        'Receipts that came after the backup are not in it, and some may have been shown to others: so the log begins ' +
        'anew on it, under a name of its own, and clients are told of that.',
    )
    .argument('[file]', 'the backup')
    .option('--force', 'set a network aside that is in the home')
    .option('--same-log', 'go on with the log, because nothing came after the backup: as when a network moves')
    .option('--new-log', 'begin the log of the home anew, and restore nothing: after its database was brought back')
    .option(
      '--database <url>',
      'where the books shall be, if in PostgreSQL: prints how to restore them (PLEXUS_DATABASE)',
    );
  examples(withJson(withHome(restore)), [
    'plexus restore plexus.backup --home /srv/plexus',
    'plexus restore plexus.backup --force',
    'plexus restore --new-log --home /srv/plexus',
  ]).action((file: string | undefined, flags: RestoreFlags) => run(io, file, flags));
}

async function run(io: Io, name: string | undefined, flags: RestoreFlags): Promise<void> {
  const home = homeOf(flags, io.env);
  if (flags.newLog) return await beginNewLog(io, name, flags);
  if (name === undefined) throw usageError('Name the backup to restore');
  const file = resolve(name);
  const database = databaseInShell(flags, io.env);
  if (database !== undefined) {
    throw (await isOfSqlite(file)) ? sqliteIntoPostgres(file) : postgresRestore({ database, file, home });
  }
  await requireStopped(home);
  const { force = false, sameLog = false } = flags;
  const report = await inBackupProcess(io, { type: 'restore', file, home, force, sameLog }, 'restoring');
  io.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : restoredText(report));
}

async function beginNewLog(io: Io, name: string | undefined, flags: RestoreFlags): Promise<void> {
  if (name !== undefined || flags.sameLog) throw usageError('--new-log restores nothing: name no backup with it');
  const home = homeOf(flags, io.env);
  await requireStopped(home);
  const period = await inBackupProcess(io, { type: 'new-log', home }, 'beginning a new log');
  const text = fields([
    ['new log', period.log_id],
    ['after', period.previous_log_id],
  ]);
  io.stdout.write(flags.json ? `${JSON.stringify({ home, log: period }, null, 2)}\n` : text);
}

/** A network says where it runs, also when its books are not in the home. */
async function requireStopped(home: string): Promise<void> {
  const running = await readEndpointFile(home);
  if (!running) return;
  throw new CliError(`A network runs in ${home}: ${running.coordinator} (process ${running.pid})`, {
    hint: 'Stop it first, or restore into another folder with --home DIR.',
  });
}
