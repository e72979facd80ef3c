import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beginLog, type LogPeriod } from '../log/log-periods.ts';
import { BackupFailure, type BackupReport, type Say } from './backup-report.ts';
import { examineBackup, hashFile } from './check-backup.ts';
import { createBackup, type CreateBackup } from './create-backup.ts';
import { keyIdOf, requireStopped, type RestoreBackup, restoreBackup, type RestoreReport } from './restore-backup.ts';

/** Looks at everything in a backup. */
interface VerifyBackup {
  readonly type: 'verify';
  readonly file: string;
}

/** Begins the log of a home anew, on a database that was brought there in another way. */
interface BeginNewLog {
  readonly type: 'new-log';
  readonly home: string;
}

export type BackupTask = CreateBackup | VerifyBackup | RestoreBackup | BeginNewLog;

/** What each task answers. */
export interface BackupAnswers {
  readonly create: BackupReport;
  readonly verify: BackupReport;
  readonly restore: RestoreReport;
  readonly 'new-log': LogPeriod;
}

/** @throws {BackupFailure} what is in the way, in words */
export async function runTask(task: BackupTask, say: Say): Promise<BackupAnswers[BackupTask['type']]> {
  switch (task.type) {
    case 'create':
      return await createBackup(task, say);
    case 'verify':
      return await verifyBackup(task, say);
    case 'restore':
      return await restoreBackup(task, say);
    case 'new-log':
      return await beginNewLog(task);
  }
}

async function verifyBackup({ file }: VerifyBackup, say: Say): Promise<BackupReport> {
  if (!existsSync(file)) throw new BackupFailure(`There is no ${file}`);
  const report = await examineBackup(file, 'all', { say });
  return { ...report, sha256: await hashFile(file) };
}

async function beginNewLog({ home }: BeginNewLog): Promise<LogPeriod> {
  if (!existsSync(join(home, 'coordinator.key'))) {
    throw new BackupFailure(`There is no coordinator in ${home}: it has no coordinator.key`);
  }
  requireStopped(home);
  return await beginLog(home, keyIdOf(home), new Date());
}
