import { constants } from 'node:os';
import { RunError } from '../runner.ts';
import type { Sandbox, SandboxJob, SandboxLimits, SandboxOutcome } from '../sandbox/sandbox.ts';

const MIB = 1024 * 1024;
const MAX_SHOWN = 500;
const SIGNALLED = 128;

const CPU_MILLIS = 1000;
const MEMORY_BYTES = 2048 * MIB;
const MAX_PROCESSES = 256;
const TIMEOUT_MS = 30 * 60_000;
const MAX_PRINTED_BYTES = 32 * MIB;
const MAX_OUTPUT_BYTES = 256 * MIB;
const MAX_OUTPUT_FILES = 100;

/** What one engine may use for one job, unless it is told otherwise. */
const ENGINE_LIMITS: SandboxLimits = {
  cpuMillis: CPU_MILLIS,
  memoryBytes: MEMORY_BYTES,
  processes: MAX_PROCESSES,
  timeoutMs: TIMEOUT_MS,
  maxPrintedBytes: MAX_PRINTED_BYTES,
  maxOutputBytes: MAX_OUTPUT_BYTES,
  maxOutputFiles: MAX_OUTPUT_FILES,
};

export interface EngineRun extends Pick<SandboxJob, 'command' | 'binds' | 'onPrinted' | 'outputFolder' | 'signal'> {
  /** What the program is called in reasons, for example `FFmpeg`. */
  readonly name: string;
  readonly limits?: Partial<SandboxLimits>;
  readonly env?: SandboxJob['env'];
  readonly input?: string;
  /** Whose fault it is when the program fails: mostly that of what it was given. */
  readonly blame?: 'INVALID_INPUT' | 'ENGINE_FAILED';
  /** What a failure means to whoever sent the input, where what the program said last, and printed, is known. */
  readonly meaningOf?: (said: string, printed: string) => string | undefined;
}

/**
 * Runs an engine's program in the sandbox, where there is no network and nothing of the host's own files.
 *
 * @throws {RunError} with what the program said last
 */
export async function runEngine(sandbox: Sandbox, run: EngineRun): Promise<SandboxOutcome> {
  const { name, limits, env = {}, input = '', blame = 'INVALID_INPUT', meaningOf, ...rest } = run;
  const all = { ...ENGINE_LIMITS, ...limits };
  const outcome = await sandbox.run({ ...rest, env, input, cwd: '/tmp', limits: all });
  const reason = reasonIn(outcome, all);
  if (reason === undefined) return outcome;
  const said = outcome.stderr.trim();
  const meaning = reason.isLimit ? undefined : meaningOf?.(said, outcome.stdout.toString('utf8'));
  const last = said.slice(-MAX_SHOWN);
  throw new RunError(
    reason.isLimit ? 'PROGRAM_FAILED' : blame,
    meaning ?? `${name} ${reason.text}${last === '' ? '' : `: ${last}`}`,
  );
}

interface Reason {
  readonly text: string;
  /** Whether a limit ended it, which every other node has, too. */
  readonly isLimit: boolean;
}

function reasonIn({ stopped, exitCode, usage }: SandboxOutcome, limits: SandboxLimits): Reason | undefined {
  const limit = (text: string): Reason => ({ text, isLimit: true });
  switch (stopped?.type) {
    case 'time':
      return limit(`took longer than ${limits.timeoutMs / 1000} s`);
    case 'printed_too_much':
      return limit(`printed more than ${limits.maxPrintedBytes} bytes`);
    case 'outputs':
      return limit(`made files that cannot be taken: ${stopped.message}`);
    case undefined:
  }
  if (exitCode === 0) return undefined;
  if (usage.memoryKills > 0) return limit(`needed more than ${limits.memoryBytes} bytes of memory`);
  if (exitCode === SIGNALLED + constants.signals.SIGXFSZ) return limit(`made more than ${limits.maxOutputBytes} bytes`);
  return { text: `failed with exit code ${exitCode}`, isLimit: false };
}

/** The lines of what a program prints, as it prints them. */
export function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  const MAX_LINE = 4096;
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split(/\r?\n|\r/);
    rest = (lines.pop() ?? '').slice(-MAX_LINE);
    for (const line of lines) onLine(line);
  };
}
