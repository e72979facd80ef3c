import { EXIT } from './failure.ts';
import type { Io, Sink } from './io.ts';
import { endWithOutput } from './lost-output.ts';
import { runCli } from './run-cli.ts';
import { followParent } from './up/parent.ts';

/** Runs the command line of this process and ends it with the command's exit code. */
export async function main(): Promise<void> {
  const ending = new AbortController();
  // Whoever was started by another program can send to it, also when that has ended meanwhile.
  const parent = process.send ? followParent(ending) : undefined;
  if (!parent) followSignals(ending);
  const becomeServer = endWithOutput(process.argv.includes('--json'));
  const io: Io = {
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    stdin: process.stdin,
    ...terminal(),
    env: process.env,
    signal: ending.signal,
    becomeServer,
    ...(parent && { parent }),
  };
  process.exitCode = await runCli(process.argv.slice(2), io);
  await Promise.all([process.stdout, process.stderr].map(flushed));
  // What has been closed may still keep a timer or a socket for a while: the command is over all the same.
  process.exit();
}

function terminal(): Pick<Io, 'terminal'> {
  const isOne = process.stdin.isTTY && process.stdout.isTTY;
  return isOne ? { terminal: { input: process.stdin, output: process.stdout } } : {};
}

function followSignals(ending: AbortController): void {
  const onSignal = (): void => {
    // The second one does not wait for anything.
    if (ending.signal.aborted) process.exit(EXIT.interrupted);
    ending.abort(new Error('Interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
}

/** Resolves when all that was written is with the system; a pipe need not take it at once. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

function sink(stream: NodeJS.WriteStream): Sink {
  return { isTTY: stream.isTTY === true, write: (text) => void stream.write(text) };
}
