import { constants } from 'node:os';
import { RunError } from '../runner.ts';
import type { SandboxLimits, SandboxOutcome } from '../sandbox/sandbox.ts';

/** Of what a failed program said last. */
const MAX_SHOWN = 1500;
/** Shells tell a signal by this and its number. */
const SIGNALLED = 128;

/**
 * Passes an outcome that is a success.
 *
 * @throws {RunError} PROGRAM_FAILED with the reason and what the program said last
 */
export function requireSuccess(outcome: SandboxOutcome, limits: SandboxLimits): void {
  const reason = reasonIn(outcome, limits);
  if (reason === undefined) return;
  const last = lastLines(outcome.stderr.trim());
  throw new RunError('PROGRAM_FAILED', last === '' ? reason : `${reason}\n${last}`);
}

/** The end of a text, from the beginning of a line on where one is in reach. */
function lastLines(text: string): string {
  if (text.length <= MAX_SHOWN) return text;
  const end = text.slice(-MAX_SHOWN);
  return `…\n${end.slice(end.indexOf('\n') + 1)}`;
}

function reasonIn({ stopped, exitCode, usage }: SandboxOutcome, limits: SandboxLimits): string | undefined {
  switch (stopped?.type) {
    case 'time':
      return `The program ran longer than ${limits.timeoutMs / 1000} s, which is its limit`;
    case 'printed_too_much':
      return `The program printed more than ${limits.maxPrintedBytes} bytes`;
    case 'outputs':
      return `The program's files in /output cannot be taken: ${stopped.message}`;
    case undefined:
  }
  if (exitCode === 0) return undefined;
  if (usage.memoryKills > 0) return `The program needed more than ${limits.memoryBytes} bytes of memory`;
  if (usage.processRefusals > 0) return `The program tried to have more than ${limits.processes} processes and threads`;
  return exitReason(exitCode, limits);
}

function exitReason(exitCode: number, { maxOutputBytes }: SandboxLimits): string {
  const { SIGXFSZ, SIGXCPU } = constants.signals;
  if (exitCode === SIGNALLED + SIGXFSZ) return `The program wrote a file of more than ${maxOutputBytes} bytes`;
  if (exitCode === SIGNALLED + SIGXCPU) return 'The program used more processor time than it has';
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNALLED)?.[0];
  return signal === undefined
    ? `The program ended with exit code ${exitCode}`
    : `The program was ended by ${signal} (exit code ${exitCode})`;
}
