import { CommanderError } from 'commander';
import { explainFailure, type Failure } from './failure.ts';
import type { Io } from './io.ts';
import { coloursFor } from './output/colours.ts';
import { printable } from './output/text.ts';
import { buildProgram } from './program.ts';

/**
 * Runs one command line.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const asJson = argv.includes('--json');
  try {
    await buildProgram(io, asJson).parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    const failure = explainFailure(error, io.signal);
    const isTold = error instanceof CommanderError && !asJson;
    if (failure.message !== '' && !isTold) reportFailure(failure, asJson, io);
    if (io.env['PLEXUS_DEBUG'] && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
    return failure.exitCode;
  }
}

/** Tells stderr why the program ends. */
export function reportFailure(
  { message, hint, code, exitCode }: Failure,
  asJson: boolean,
  { stderr, env }: Pick<Io, 'stderr' | 'env'>,
): void {
  if (asJson) {
    stderr.write(`${JSON.stringify({ error: { code, message, hint: hint ?? null, exit_code: exitCode } })}\n`);
    return;
  }
  const colours = coloursFor(stderr, env);
  stderr.write(`${colours.red('error:')} ${printable(message)}\n`);
  if (hint !== undefined) stderr.write(`${printable(hint)}\n`);
}
