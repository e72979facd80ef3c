/** A process that copies and checks, so that whoever waits for it can show that it goes on, and can end it. */
import { BackupFailure } from './backup-report.ts';
import { type BackupTask, runTask } from './tasks.ts';

/** What the process says. */
export type FromBackupProcess =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'done'; readonly answer: unknown }
  | ({ readonly type: 'failed'; readonly message: string; readonly hint?: string | undefined } & SystemError);

/** What the system calls a failure of its own, and the files that it concerns. */
interface SystemError {
  readonly code?: string | undefined;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

function tell(message: FromBackupProcess): void {
  process.send?.(message);
}

async function serve(task: BackupTask): Promise<void> {
  try {
    tell({ type: 'done', answer: await runTask(task, (text) => tell({ type: 'progress', text })) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const { code, path, dest } = error as SystemError;
    tell({ type: 'failed', message, hint: error instanceof BackupFailure ? error.hint : undefined, code, path, dest });
  }
  process.disconnect();
}

// A terminal's Ctrl-C reaches the whole group; the parent decides.
process.on('SIGINT', () => undefined);
// The message is what `runBackup` of the same version sends.
process.once('message', (task) => void serve(task as BackupTask));
