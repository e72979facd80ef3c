import type { BackupAnswers, BackupTask } from '@plexus/coordinator';
import { CliError } from '../failure.ts';
import type { Io } from '../io.ts';
import { startProgress } from '../output/progress.ts';

/**
 * Does it in a process of its own, with a line on a terminal that shows that it goes on.
 *
 * @throws {CliError} what is in the way
 */
export async function inBackupProcess<T extends BackupTask>(
  io: Io,
  task: T,
  doing: string,
): Promise<BackupAnswers[T['type']]> {
  const { runBackup, BackupFailure } = await import('@plexus/coordinator');
  const progress = startProgress(io.stderr, doing);
  try {
    return await runBackup(task, { signal: io.signal, say: (text) => progress.say(text) });
  } catch (error) {
    if (error instanceof BackupFailure) throw new CliError(error.message, { hint: error.hint, cause: error });
    throw error;
  } finally {
    progress.stop();
  }
}
