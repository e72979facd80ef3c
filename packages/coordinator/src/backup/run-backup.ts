import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackupFailure, type Say } from './backup-report.ts';
import { partialOf } from './create-backup.ts';
import { stagedIn } from './restore-backup.ts';
import { DATABASE } from './home-files.ts';
import type { FromBackupProcess } from './process.ts';
import type { BackupAnswers, BackupTask } from './tasks.ts';

/** How often it is looked how much has been copied. */
const LOOK_MS = 250;
const MIB = 1024 * 1024;

/**
 * Does what is asked in a process of its own.
 *
 * @param signal ends it at once; a home that is being replaced then waits for another restore
 * @throws {BackupFailure} what is in the way, in words
 */
export async function runBackup<T extends BackupTask>(
  task: T,
  { signal, say }: { readonly signal: AbortSignal; readonly say: Say },
): Promise<BackupAnswers[T['type']]> {
  signal.throwIfAborted();
  // Flags of this process, such as module conditions, are not meant for the other one.
  const child = fork(processPath(), [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const look = watchCopy(task, say);
  try {
    // The answer of a task has the type that `runTask` says.
    return (await answerOf(child, task, say)) as BackupAnswers[T['type']];
  } finally {
    clearInterval(look);
    signal.removeEventListener('abort', kill);
    await sweep(task);
  }
}

async function answerOf(child: ChildProcess, task: BackupTask, say: Say): Promise<unknown> {
  let answer: { readonly value: unknown } | undefined;
  let failure: Error | undefined;
  child.on('message', (message: FromBackupProcess) => {
    if (message.type === 'progress') say(message.text);
    else if (message.type === 'done') answer = { value: message.answer };
    else failure = failureOf(message);
  });
  const ended = once(child, 'exit');
  child.send(task);
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  const told = (): typeof failure => failure;
  if (answer) return answer.value;
  throw told() ?? new Error(`The process that does it has ended: ${signal ?? `exit code ${code}`}`);
}

function failureOf({ message, hint, ...system }: Extract<FromBackupProcess, { type: 'failed' }>): Error {
  if (system.path === undefined) return new BackupFailure(message, hint);
  return Object.assign(new Error(message), system);
}

/** While SQLite copies it says nothing: the file's size does. */
function watchCopy(task: BackupTask, say: Say): NodeJS.Timeout | undefined {
  if (task.type !== 'create') return undefined;
  const [from, to] = [join(task.home, DATABASE), partialOf(task.file)];
  return setInterval(() => void sayHowFar(from, to, say), LOOK_MS).unref();
}

async function sayHowFar(from: string, to: string, say: Say): Promise<void> {
  const [all, done] = await Promise.all([from, to].map((path) => stat(path).catch(() => undefined)));
  if (all && done && done.size > 0) say(`copied ${inMib(done.size)} of at most ${inMib(all.size)} MiB`);
}

/** A process that was killed could not. */
async function sweep(task: BackupTask): Promise<void> {
  const draft = draftOf(task);
  if (draft === undefined) return;
  await Promise.all([draft, `${draft}-journal`].map((path) => rm(path, { force: true })));
}

function draftOf(task: BackupTask): string | undefined {
  if (task.type === 'create') return partialOf(task.file);
  return task.type === 'restore' ? stagedIn(task.home) : undefined;
}

function inMib(bytes: number): string {
  return Math.ceil(bytes / MIB).toLocaleString('en');
}

/** A process cannot run TypeScript before Node 22.18: out of the sources, the built one is used. */
function processPath(): string {
  const built = import.meta.url.endsWith('.js');
  return fileURLToPath(new URL(built ? './process.js' : '../../dist/backup/process.js', import.meta.url));
}
