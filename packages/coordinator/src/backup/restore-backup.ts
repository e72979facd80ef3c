import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attachments, detach, isOpenElsewhere, openBackup } from '@plexus/storage';
import { syncFolder } from '../durable-file.ts';
import { loadSigner } from '../keys/signer.ts';
import { beginLog, type LogPeriod } from '../log/log-periods.ts';
import { readPublishedHead } from '../log/published-head.ts';
import { BackupFailure, type BackupReport, type Say } from './backup-report.ts';
import { examineBackup } from './check-backup.ts';
import { ATTACHED_FILES, DATABASE, NETWORK_FILES, UNFINISHED } from './home-files.ts';

export interface RestoreBackup {
  readonly type: 'restore';
  readonly file: string;
  readonly home: string;
  /** Whether a network that is there is set aside. */
  readonly force: boolean;
  /** Whether nothing was published since the backup, so that the log may go on under its name. */
  readonly sameLog: boolean;
}

export interface RestoreReport extends BackupReport {
  readonly home: string;
  /** Folder of what was there before; absent where nothing was. */
  readonly setAside?: string;
  /** The log that was begun; absent where the old one goes on. */
  readonly log?: LogPeriod;
}

/** Where a database is checked before anything of the home is touched. */
export function stagedIn(home: string): string {
  return join(home, `${DATABASE}.restoring`);
}

/**
 * Makes a home of a backup: first checks a copy of it there, then sets aside what is in its way.
 *
 * @throws {BackupFailure} when the backup is not right or the home is not free; nothing has changed then
 */
export async function restoreBackup(task: RestoreBackup, say: Say): Promise<RestoreReport> {
  const { file, home } = task;
  const attachments = attachmentsOf(file, say);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const isWhole = attachments.files.some(({ name }) => name === 'coordinator.key');
  requireFreeHome(task, { isWhole });
  const staged = stagedIn(home);
  try {
    say('copying');
    copyFileSync(file, staged);
    chmodSync(staged, 0o600);
    detach(staged);
    const report = await examineBackup(staged, 'all', { say, attachments });
    if (report.problems.length > 0) throw new BackupFailure(`The backup is not right: ${report.problems.join('; ')}`);
    await requireSameLog(task, report);
    const setAside = replace(home, attachments, { isWhole });
    const log = task.sameLog ? undefined : await beginLog(home, keyIdOf(home), new Date());
    rmSync(join(home, UNFINISHED));
    await syncFolder(home);
    return { ...report, file, home, ...(setAside !== undefined && { setAside }), ...(log && { log }) };
  } finally {
    rmSync(staged, { force: true });
  }
}

/** What is beside the books decides what becomes of the home, so it must be whole before anything else is looked at. */
function attachmentsOf(file: string, say: Say): Attachments {
  if (!existsSync(file)) throw new BackupFailure(`There is no ${file}`);
  const backup = openOrFail(file);
  try {
    if (backup.attachments) {
      say('checking the file');
      const [damage] = backup.integrity();
      if (damage !== undefined) throw new BackupFailure(`The backup is damaged: ${damage}`);
      return backup.attachments;
    }
  } finally {
    backup.close();
  }
  throw new BackupFailure(`${file} is not a backup that plexus backup has made`);
}

function openOrFail(file: string): ReturnType<typeof openBackup> {
  try {
    return openBackup(file);
  } catch (error) {
    throw new BackupFailure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws {BackupFailure} when a network runs there, or one is there and must not be set aside */
function requireFreeHome({ home, force }: RestoreBackup, { isWhole }: { readonly isWhole: boolean }): void {
  requireStopped(home);
  if (!isWhole && !existsSync(join(home, 'coordinator.key'))) {
    throw new BackupFailure(
      'The backup was taken without keys, and the home has none',
      `Put the network's own ${ATTACHED_FILES.filter((name) => name.endsWith('.key')).join(', ')} into ${home} first.`,
    );
  }
  const present = filesInTheWay(home, { isWhole });
  if (present.length === 0 || force) return;
  throw new BackupFailure(
    `There is a network in ${home} already: ${present.join(', ')}`,
    'Restore into another folder with --home DIR, or add --force: what is there is then set aside, not deleted.',
  );
}

/** @throws {BackupFailure} when a coordinator has the database of a home open */
export function requireStopped(home: string): void {
  const database = join(home, DATABASE);
  if (!existsSync(database) || !isOpenElsewhere(database)) return;
  throw new BackupFailure(`A network runs in ${home}`, 'Stop it first.');
}

/** A backup without keys leaves those of the home where they are. */
function filesInTheWay(home: string, { isWhole }: { readonly isWhole: boolean }): readonly string[] {
  const names = isWhole ? NETWORK_FILES : NETWORK_FILES.filter((name) => !ATTACHED_FILES.includes(name));
  return names.filter((name) => existsSync(join(home, name)));
}

/** @throws {BackupFailure} when the same log would lose what others were shown of it */
async function requireSameLog({ home, sameLog }: RestoreBackup, { receipts, head }: BackupReport): Promise<void> {
  const shown = sameLog ? await readPublishedHead(home) : undefined;
  if (!shown || shown.log_id !== head?.log_id || shown.tree_size <= receipts) return;
  throw new BackupFailure(
    `The log has been shown with ${shown.tree_size} receipts on ${shown.timestamp}, and the backup has ${receipts}`,
    'Leave --same-log away: the log is then begun anew, which everybody is told of.',
  );
}

/** @returns where what was there is now */
function replace(home: string, { files }: Attachments, { isWhole }: { readonly isWhole: boolean }): string | undefined {
  const inTheWay = filesInTheWay(home, { isWhole });
  writeFileSync(join(home, UNFINISHED), 'plexus restore was broken off here\n', { mode: 0o600 });
  const setAside = inTheWay.length === 0 ? undefined : asideFolder(home);
  if (setAside !== undefined) {
    mkdirSync(setAside, { mode: 0o700 });
    for (const name of inTheWay) renameSync(join(home, name), join(setAside, name));
  }
  // Names are not taken from the backup: it might be anybody's.
  for (const { name, content } of files.filter((one) => ATTACHED_FILES.includes(one.name))) {
    writeFileSync(join(home, name), content, { mode: 0o600, flush: true });
  }
  renameSync(stagedIn(home), join(home, DATABASE));
  return setAside;
}

function asideFolder(home: string): string {
  return join(home, `replaced-${new Date().toISOString().replace(/[:.]/g, '-')}`);
}

export function keyIdOf(home: string): string {
  return loadSigner(join(home, 'coordinator.key')).keyId;
}
