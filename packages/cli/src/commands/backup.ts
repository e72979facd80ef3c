import { resolve } from 'node:path';
import type { BackupReport } from '@plexus/coordinator';
import type { Command } from 'commander';
import { inBackupProcess } from '../backup/in-process.ts';
import { postgresBackup } from '../backup/postgres-lines.ts';
import { reportText } from '../backup/report-text.ts';
import { CliError, EXIT, SilentExit, usageError } from '../failure.ts';
import type { Io } from '../io.ts';
import { coloursFor } from '../output/colours.ts';
import { type DatabaseFlags, databaseInShell } from './database.ts';
import { examples, type JsonFlags, withHome, withJson } from '../session.ts';
import { homeOf, type HomeFlags } from '../settings.ts';

interface BackupFlags extends DatabaseFlags, HomeFlags, JsonFlags {
  readonly verify?: boolean;
  readonly keys: boolean;
  readonly force?: boolean;
}

export function addBackup(program: Command, io: Io): void {
  const backup = program
    .command('backup')
    .summary('back a network up, while it runs')
    .description(
      'Write all of a network into one file that only you can read: accounts, ledger, jobs, receipts, log, and the keys ' +
        'in its home. The network may run meanwhile; the backup is of one instant. The file holds secrets.',
    )
    .argument('<file>', 'the backup, for example plexus-2025-01-15.backup')
    .option('--verify', `check a backup instead: file, ledger and log; exits ${EXIT.failed} when it is not right`)
    .option('--no-keys', 'leave keys and tokens out')
    .option('--force', 'replace the file if it is there')
    .option('--database <url>', 'where the books are, if in PostgreSQL: prints how to back them up (PLEXUS_DATABASE)');
  examples(withJson(withHome(backup)), [
    'plexus backup plexus.backup',
    'plexus backup --home /srv/plexus "/backups/plexus-$(date +%F).backup"',
    'plexus backup --verify plexus.backup',
  ]).action((file: string, flags: BackupFlags) => (flags.verify ? verify(io, file, flags) : create(io, file, flags)));
}

async function create(io: Io, name: string, flags: BackupFlags): Promise<void> {
  const [file, home] = [resolve(name), homeOf(flags, io.env)];
  const database = databaseInShell(flags, io.env);
  if (database !== undefined) throw postgresBackup({ database, file, home });
  const task = { type: 'create', home, file, withKeys: flags.keys, force: flags.force === true } as const;
  const report = await inBackupProcess(io, task, 'backing up');
  show(io, flags, report);
}

async function verify(io: Io, name: string, flags: BackupFlags): Promise<void> {
  if (flags.force || flags.database !== undefined) throw usageError('--verify looks at a file and changes nothing');
  const report = await inBackupProcess(io, { type: 'verify', file: resolve(name) }, 'checking');
  show(io, flags, report);
  if (report.problems.length > 0) throw new SilentExit(EXIT.failed);
  if (report.takenAt === undefined)
    throw new CliError(`${name} is a database of Plexus, but not a backup: it has no keys`);
}

function show(io: Io, flags: BackupFlags, report: BackupReport): void {
  const text = flags.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, coloursFor(io.stdout, io.env));
  io.stdout.write(text);
}
