/** What becomes of this program when its stdout or stderr cannot be written. */
import { writeSync } from 'node:fs';
import { EXIT } from './failure.ts';
import { reportFailure } from './run-cli.ts';

/**
 * Ends this program when its output is lost. That nobody reads on is no error (`plexus jobs ls | head`): it ends
 * quietly. Anything else, such as a full disk, is said on stderr if that takes it. A command that has ended before
 * keeps its exit code; one that has not ends with 0, or 1 where it was an error.
 *
 * @returns what makes a server of this program, on which others depend: it goes on without its output
 */
export function endWithOutput(asJson: boolean): () => void {
  let isServer = false;
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (isServer) return;
      if (error.code === 'EPIPE') process.exit();
      sayLost(name, error, asJson);
      process.exit(process.exitCode || EXIT.failed);
    });
  }
  return () => void (isServer = true);
}

function sayLost(name: string, error: Error, asJson: boolean): void {
  const message = `${name} cannot be written: ${error.message}`;
  const stderr = { isTTY: process.stderr.isTTY === true, write: writeAtOnce };
  reportFailure({ code: 'OUTPUT_LOST', message, exitCode: EXIT.failed }, asJson, { stderr, env: process.env });
}

/** What a stream still had to write when the program ends would be lost. */
function writeAtOnce(text: string): void {
  const stderr = 2;
  try {
    writeSync(stderr, text);
  } catch {
    // It may be the one that cannot be written.
  }
}
