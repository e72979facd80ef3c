import { readFile } from 'node:fs/promises';
import { CliError, EXIT, usageError } from './failure.ts';
import type { Io } from './io.ts';
import { systemFailure } from './system-failure.ts';

/** As much as a request's body may hold. */
const MAX_INPUT_BYTES = 10 * 1024 * 1024;

/** The text itself, `-` for stdin, or `@path` for a file. */
export async function readText(argument: string, io: Io): Promise<string> {
  if (argument === '-') return readAll(io);
  return argument.startsWith('@') ? readInputFile(argument.slice(1)) : argument;
}

/** A file's text, or stdin's for `-`. */
export async function readFileOrStdin(path: string, io: Io): Promise<string> {
  return path === '-' ? readAll(io) : readInputFile(path);
}

async function readInputFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { message = `${path}: ${String(error)}`, hint } = systemFailure(error, path) ?? {};
    throw new CliError(message, { exitCode: EXIT.usage, hint, cause: error });
  }
}

async function readAll({ stdin, signal }: Io): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of stdin) {
    signal.throwIfAborted();
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) throw usageError(`stdin holds more than ${MAX_INPUT_BYTES} bytes`);
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
