import { StringDecoder } from 'node:string_decoder';
import { exceedsDepth, MAX_ANSWER_DEPTH, parseJson } from '@plexus/protocol';
import { RunError } from '../runner.ts';

const PROGRESS = /^PROGRESS (\d{1,3})(?:\.\d+)?%?$/;
/** What most programs are to do that print a text. */
const REMEDY = 'print(json.dumps(…)), or write /output/result.json';
/** A line that is longer is no progress. */
const MAX_PROGRESS_LINE = 64;

/** Looks for lines `PROGRESS n` in what a program prints, as it prints it. */
export function createProgressReader(onPercent: (percent: number) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let line = '';
  return (chunk) => {
    const lines = (line + decoder.write(chunk)).split(/\r?\n/);
    line = (lines.pop() ?? '').slice(0, MAX_PROGRESS_LINE + 1);
    for (const whole of lines) {
      const percent = PROGRESS.exec(whole)?.[1];
      if (percent !== undefined) onPercent(Math.min(100, Number(percent)));
    }
  };
}

/**
 * The JSON among what a program has printed: all of it without its progress, or its last line.
 *
 * @returns undefined when it has printed nothing
 * @throws {RunError} PROGRAM_FAILED when that is no JSON
 */
export function printedResult(printed: Buffer): string | undefined {
  const text = utf8(printed)
    .split(/\r?\n/)
    .filter((line) => !PROGRESS.test(line))
    .join('\n')
    .trim();
  if (text === '' || isJson(text)) return text === '' ? undefined : text;
  const last = text.slice(text.lastIndexOf('\n') + 1).trim();
  if (isJson(last)) return last;
  const shown = JSON.stringify(last.slice(0, 200));
  throw new RunError('PROGRAM_FAILED', `The program did not print JSON at its end, but ${shown}: ${REMEDY}`);
}

/**
 * Passes a text that is JSON.
 *
 * @throws {RunError} PROGRAM_FAILED
 */
export function requireJson(content: Buffer, where: string): string {
  const text = utf8(content).trim();
  if (isJson(text)) return text;
  throw new RunError('PROGRAM_FAILED', `The program wrote ${where}, which is not JSON`);
}

/**
 * Passes a result that others can read, too.
 *
 * @throws {RunError} PROGRAM_FAILED when it is nested too deep
 */
export function requireShallow(said: string | undefined): string | undefined {
  if (said === undefined || !exceedsDepth(parseJson(said), MAX_ANSWER_DEPTH)) return said;
  throw new RunError('PROGRAM_FAILED', `The program's result is nested more than ${MAX_ANSWER_DEPTH} levels deep`);
}

export function isJson(text: string): boolean {
  return parseJson(text) !== undefined;
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RunError('PROGRAM_FAILED', 'The program printed what is not UTF-8', { cause: error });
  }
}
