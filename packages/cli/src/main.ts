import { EXIT } from './failure.ts';
import type { Io, Sink } from './io.ts';
import { endWithOutput } from './lost-output.ts';
import { runCli } from './run-cli.ts';

/** A child ends by itself within this time once it shall; after that it is ended. */
const CHILD_EXIT_MS = 4500;

/** Runs the command line of this process and ends it with the command's exit code. */
export async function main(): Promise<void> {
  const ending = new AbortController();
  const isChild = process.connected;
  if (isChild) followParent(ending);
  else followSignals(ending);
  const becomeServer = endWithOutput(process.argv.includes('--json'));
  const io: Io = {
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    stdin: process.stdin,
    ...terminal(),
    env: process.env,
    signal: ending.signal,
    becomeServer,
    ...(isChild && { tellParent }),
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

/** A terminal's Ctrl-C reaches the whole group, but the parent decides when its child ends. */
function followParent(ending: AbortController): void {
  const stop = (): void => {
    if (ending.signal.aborted) return;
    ending.abort(new Error('Stopped'));
    setTimeout(() => process.exit(EXIT.failed), CHILD_EXIT_MS).unref();
  };
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  process.on('message', (message) => {
    if (message === 'stop') stop();
  });
}

function tellParent(message: unknown): void {
  // The parent may be gone by now; `disconnect` tells.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
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
