import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PLEXUS_VERSION } from '@plexus/protocol';
import { attach, copyDatabase } from '@plexus/storage';
import { syncFolder } from '../durable-file.ts';
import { BackupFailure, type BackupReport, type Say } from './backup-report.ts';
import { examineBackup, hashFile } from './check-backup.ts';
import { DATABASE, readAttachedFiles } from './home-files.ts';

export interface CreateBackup {
  readonly type: 'create';
  readonly home: string;
  readonly file: string;
  /** Whether the files beside the books go with them, secrets among them. */
  readonly withKeys: boolean;
  /** Whether a file that is there already may be replaced. */
  readonly force: boolean;
}

/** Where a backup is put together; it gets its name when it is whole. */
export function partialOf(file: string): string {
  return `${file}.partial`;
}

/**
 * Takes a backup of a home, whether its network runs or not: one instant of its books, in one file for its owner only.
 *
 * @throws {BackupFailure} when there is nothing to take, the file is there, or what was taken is not right
 */
export async function createBackup({ home, file, withKeys, force }: CreateBackup, say: Say): Promise<BackupReport> {
  const database = join(home, DATABASE);
  if (!existsSync(database)) {
    throw new BackupFailure(`There is no network in ${home}: it has no ${DATABASE}`, 'Name its home with --home DIR.');
  }
  if (existsSync(file) && !force) throw new BackupFailure(`${file} is there already`, 'Replace it with --force.');
  const partial = partialOf(file);
  try {
    makeEmpty(partial);
    say('copying');
    // Whatever was answered by now is in it.
    const takenAt = new Date().toISOString();
    copyDatabase(database, partial);
    attach(partial, { madeBy: PLEXUS_VERSION, takenAt, files: withKeys ? readAttachedFiles(home) : [] });
    const report = await examineBackup(partial, 'books', { say });
    if (report.problems.length > 0) throw new BackupFailure(`The books are not right: ${report.problems.join('; ')}`);
    const sha256 = await hashFile(partial);
    renameSync(partial, file);
    await syncFolder(dirname(file));
    return { ...report, file, sha256 };
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Made before anything is in it, so that nobody else could ever read it. */
function makeEmpty(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, 'wx', 0o600));
}
