import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { interruption, throwIfInterrupted } from './interruption.ts';
import { RunError } from './runner.ts';
import { unlinkedFile } from './unlinked-file.ts';

/** A process that was asked to end is killed after this long. */
const GRACE_MS = 2000;
const MAX_STDERR_CHARACTERS = 4096;

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
}

interface ProcessResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
}

/**
 * Runs a program to its end without a shell; cancelling, time and size end its whole process group.
 *
 * @throws {RunError} ENGINE_FAILED when it cannot be started or says too much, TIMEOUT, CANCELLED
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  throwIfInterrupted(options.signal);
  const input = options.input === undefined ? undefined : await unlinkedFile(options.input);
  try {
    throwIfInterrupted(options.signal);
    return await supervise(start(options, input), options);
  } finally {
    await input?.close();
  }
}

function start({ command, args, cwd, env }: ProcessOptions, input: FileHandle | undefined): ChildProcess {
  return spawn(command, args, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: [input?.fd ?? 'ignore', 'pipe', 'pipe'],
  });
}

async function supervise(child: ChildProcess, options: ProcessOptions): Promise<ProcessResult> {
  const { command, timeoutMs, signal } = options;
  const ending = createEnding(child);
  const output = collect(child, options.maxOutputBytes, () =>
    ending.begin(new RunError('ENGINE_FAILED', `${command} wrote more than ${options.maxOutputBytes} bytes`)),
  );
  const cancel = (): void => ending.begin(interruption(signal));
  const deadline = setTimeout(
    () => ending.begin(new RunError('TIMEOUT', `${command} took longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const exitCode = await exitOf(child, command);
    if (ending.cause) throw ending.cause;
    return { exitCode, ...output() };
  } finally {
    signal.removeEventListener('abort', cancel);
    clearTimeout(deadline);
    ending.settle();
  }
}

async function exitOf(child: ChildProcess, command: string): Promise<number | null> {
  try {
    await once(child, 'close');
    return child.exitCode;
  } catch (error) {
    throw new RunError('ENGINE_FAILED', `${command} could not be started`, { cause: error });
  }
}

interface Ending {
  /** Why the process was ended, if it was. */
  cause: RunError | undefined;
  begin(cause: RunError): void;
  settle(): void;
}

/** Asks the process group to end, and kills it when it does not; the first cause counts. */
function createEnding(child: ChildProcess): Ending {
  let timer: NodeJS.Timeout | undefined;
  return {
    cause: undefined,
    begin(cause) {
      if (this.cause) return;
      this.cause = cause;
      signalGroup(child, 'SIGTERM');
      timer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
    },
    settle() {
      clearTimeout(timer);
    },
  };
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // The group has ended already.
  }
}

function collect(child: ChildProcess, maxBytes: number, onOverflow: () => void): () => Omit<ProcessResult, 'exitCode'> {
  const pieces: Buffer[] = [];
  let size = 0;
  let stderr = '';
  child.stdout?.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size <= maxBytes) pieces.push(piece);
    else onOverflow();
  });
  child.stderr?.on('data', (piece: Buffer) => {
    stderr = (stderr + piece.toString('utf8')).slice(-MAX_STDERR_CHARACTERS);
  });
  return () => ({ stdout: Buffer.concat(pieces).toString('utf8'), stderr });
}
