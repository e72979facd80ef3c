import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { interruption } from '../interruption.ts';
import { RunError } from '../runner.ts';
import { FolderWriter } from '../archive/folder-writer.ts';
import { unpackTar } from '../archive/tar.ts';
import { UnpackError } from '../archive/unpack-error.ts';
import { unlinkedFile } from '../unlinked-file.ts';
import { bubblewrapOptions, FD, innerCommand, type SandboxPrograms } from './bubblewrap.ts';
import type { Cgroup } from './cgroup.ts';
import type { SandboxJob, SandboxLimits, SandboxOutcome, StopReason } from './sandbox.ts';

/** How long the processes of a job that was killed may take to be gone. */
const END_MS = 5000;
const MAX_STDERR_CHARACTERS = 8192;
const MAX_OPEN_FILES = 1024;
/** Files may stand in folders, which are entries of their own. */
const ENTRIES_PER_FILE = 4;

/** Enters the groups that stand before `--`, and becomes what stands after it, without what a shell adds to the environment. */
const JOIN = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 126; shift; done; shift; exec /usr/bin/env -i "$@"';

export interface SandboxParts {
  readonly programs: SandboxPrograms;
  /** The filter of system calls. */
  readonly filter: Buffer;
}

/** Runs a job in a group that was made for it. */
export async function runInSandbox(parts: SandboxParts, cgroup: Cgroup, job: SandboxJob): Promise<SandboxOutcome> {
  const input = await unlinkedFile(job.input);
  try {
    const options = await bubblewrapOptions(parts.programs, job);
    const startedAt = performance.now();
    const child = start(parts.programs, cgroup, { job, input });
    send(child, FD.options, options);
    send(child, FD.filter, parts.filter);
    const supervised = await supervise(child, cgroup, job);
    return { ...supervised, usage: await cgroup.usage(), elapsedMs: performance.now() - startedAt };
  } finally {
    await input.close();
  }
}

/** Nothing of this process's environment goes along. */
function start(
  programs: SandboxPrograms,
  { joinFiles }: Cgroup,
  { job: { command, limits }, input }: { readonly job: SandboxJob; readonly input: FileHandle },
): ChildProcess {
  const { bwrap, prlimit } = programs;
  const sandbox = [bwrap, '--args', String(FD.options), '--', ...innerCommand(programs, command)];
  return spawn('/bin/sh', ['-c', JOIN, 'plexus-join', ...joinFiles, '--', prlimit, ...rlimits(limits), ...sandbox], {
    env: {},
    cwd: '/',
    detached: true,
    stdio: [input.fd, 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
}

/** Limits of each process beside those of the group; the time is a second fence behind the clock outside. */
function rlimits({ timeoutMs, cpuMillis, maxOutputBytes }: SandboxLimits): readonly string[] {
  const cpuSeconds = Math.ceil((timeoutMs / 1000) * Math.max(1, cpuMillis / 1000)) + 1;
  return ['--core=0', `--nofile=${MAX_OPEN_FILES}`, `--fsize=${maxOutputBytes}`, `--cpu=${cpuSeconds}`];
}

function send(child: ChildProcess, fd: number, content: Buffer): void {
  const pipe = pipesOf(child)[fd];
  if (!(pipe instanceof Writable)) return;
  // A sandbox that fails to start says so by its exit.
  pipe.on('error', () => undefined);
  pipe.end(content);
}

/** There are as many as were asked for, which the type does not know. */
function pipesOf({ stdio }: ChildProcess): readonly unknown[] {
  return stdio;
}

async function supervise(
  child: ChildProcess,
  cgroup: Cgroup,
  job: SandboxJob,
): Promise<Omit<SandboxOutcome, 'usage' | 'elapsedMs'>> {
  const { limits, signal } = job;
  const ending = createEnding(child, cgroup);
  const printed = collect(child, job, () => ending.stop({ type: 'printed_too_much' }));
  const outputs = takeOutputs(child, job, (message) => ending.stop({ type: 'outputs', message }));
  // It is waited for after the exit.
  outputs.catch(() => undefined);
  const deadline = setTimeout(() => ending.stop({ type: 'time' }), limits.timeoutMs);
  const cancel = (): void => ending.stop(undefined);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    const exitCode = await Promise.race([exitOf(child), ending.failed]);
    const files = await outputs;
    if (signal.aborted) throw interruption(signal);
    return { exitCode, stopped: ending.reason, ...printed(), outputs: files };
  } finally {
    signal.removeEventListener('abort', cancel);
    clearTimeout(deadline);
    ending.settle();
  }
}

async function exitOf(child: ChildProcess): Promise<number> {
  try {
    await once(child, 'close');
  } catch (error) {
    throw new RunError('ENGINE_FAILED', 'The sandbox could not be started', { cause: error });
  }
  // Without a code it was killed from here.
  return child.exitCode ?? 137;
}

interface Ending {
  /** Why the job was stopped, if it was; the first reason counts. */
  readonly reason: StopReason | undefined;
  /** Rejects when the job's processes do not end although they were killed. */
  readonly failed: Promise<never>;
  /** Kills everything at once: nothing of a sandbox is worth a farewell. */
  stop(reason: StopReason | undefined): void;
  settle(): void;
}

function createEnding(child: ChildProcess, cgroup: Cgroup): Ending {
  let isStopped = false;
  let reason: StopReason | undefined;
  let timer: NodeJS.Timeout | undefined;
  let fail: (error: RunError) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  return {
    get reason() {
      return reason;
    },
    failed,
    stop(why) {
      if (isStopped) return;
      isStopped = true;
      reason = why;
      child.kill('SIGKILL');
      cgroup.kill().catch(() => undefined);
      timer = setTimeout(() => fail(new RunError('ENGINE_FAILED', 'A job in the sandbox cannot be ended')), END_MS);
    },
    settle() {
      clearTimeout(timer);
    },
  };
}

function collect(
  child: ChildProcess,
  { limits, onPrinted }: SandboxJob,
  onTooMuch: () => void,
): () => Pick<SandboxOutcome, 'stdout' | 'stderr'> {
  const pieces: Buffer[] = [];
  let stderr = '';
  let printedBytes = 0;
  const mayGoOn = (chunk: Buffer): boolean => {
    printedBytes += chunk.length;
    if (printedBytes > limits.maxPrintedBytes) onTooMuch();
    return printedBytes <= limits.maxPrintedBytes;
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    if (!mayGoOn(chunk)) return;
    pieces.push(chunk);
    onPrinted?.(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (mayGoOn(chunk)) stderr = (stderr + chunk.toString('utf8')).slice(-MAX_STDERR_CHARACTERS);
  });
  return () => ({ stdout: Buffer.concat(pieces), stderr });
}

/** The files of a job come as a tar of its own making, and are unpacked as warily as anybody's. */
async function takeOutputs(
  child: ChildProcess,
  { outputFolder, limits, signal }: SandboxJob,
  onUnfit: (message: string) => void,
): Promise<SandboxOutcome['outputs']> {
  const stream = pipesOf(child)[FD.outputs];
  if (!(stream instanceof Readable)) return [];
  const { maxOutputBytes: maxBytes, maxOutputFiles } = limits;
  const maxEntries = maxOutputFiles * ENTRIES_PER_FILE;
  const writer = new FolderWriter(outputFolder, { maxBytes, maxEntries, signal });
  try {
    await unpackTar(stream, writer);
  } catch (error) {
    if (signal.aborted) return [];
    if (!(error instanceof UnpackError)) throw error;
    onUnfit(error.message);
  }
  return writer.files;
}
