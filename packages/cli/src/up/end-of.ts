import type { RunningCoordinator } from '@plexus/coordinator';
import { CliError } from '../failure.ts';
import { aborted } from './run-node.ts';

/** Waits until the coordinator is to stop. @throws {CliError} when it cannot go on, for whoever keeps it running */
export async function endOf({ failed }: Pick<RunningCoordinator, 'failed'>, signal: AbortSignal): Promise<void> {
  const error = await Promise.race([failed, aborted(signal)]);
  if (!(error instanceof Error)) return;
  throw new CliError(`The coordinator cannot write its books any more: ${error.message}`, {
    hint: 'Start it again: nothing that it has acknowledged is lost.',
    cause: error,
  });
}
