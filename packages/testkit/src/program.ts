/** The built `plexus` command as a process of its own, to be stopped, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CLI = join(import.meta.dirname, '../../cli');

/** Whether there is a command to start. */
export const isBuilt = existsSync(join(CLI, 'dist/index.js'));

export interface ProgramOptions {
  /** Flags of Node.js itself. */
  readonly nodeFlags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** File descriptor that takes the logs; without one they are told when the program ends too early. */
  readonly logTo?: number;
}

/** What a program says once it is ready: one line of JSON. */
export type Ready = Readonly<Record<string, string>>;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts `plexus` with these arguments; it does not outlive this process. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): ChildProcess {
  const { nodeFlags = [], env = process.env, logTo = 'pipe' } = options;
  const command = [...nodeFlags, join(CLI, 'bin/plexus.js'), ...args];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', logTo] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/**
 * The ready line of a program that was started with `--json`.
 *
 * @throws {Error} when the program ends before it
 */
export async function whenReady(child: ChildProcess): Promise<Ready> {
  if (!child.stdout) throw new Error('The program has no output to read');
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += chunk));
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.event === 'ready') return event;
  }
  throw new Error(`The program ended before it was ready: ${errors}`);
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
