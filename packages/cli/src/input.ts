import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { CliError, EXIT, usageError } from './failure.ts';
import type { Io } from './io.ts';
import { systemFailure } from './system-failure.ts';

/** As much as a request's body may hold. */
const MAX_INPUT_BYTES = 10 * 1024 * 1024;

/** The text itself, `-` for stdin, or `@path` for a file. @throws {CliError} when what is read is no text */
export async function readText(argument: string, io: Io): Promise<string> {
  if (argument === '-') return asText(await readAll(io), 'stdin');
  if (!argument.startsWith('@')) return argument;
  const path = argument.slice(1);
  return asText(await readInputFile(path), path);
}

/** A file's text, or stdin's for `-`. */
export async function readFileOrStdin(path: string, io: Io): Promise<string> {
  const bytes = path === '-' ? await readAll(io) : await readInputFile(path);
  return bytes.toString();
}

/** Bytes that are no text would reach the service as other ones, and be paid for. */
function asText(bytes: Buffer, source: string): string {
  if (isUtf8(bytes)) return bytes.toString();
  throw usageError(`${source}: it is not UTF-8 text`, 'Convert it, for example with `iconv` or `base64`.');
}

async function readInputFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { message = `${path}: ${String(error)}`, hint } = systemFailure(error, path) ?? {};
    throw new CliError(message, { exitCode: EXIT.usage, hint, cause: error });
  }
}

async function readAll({ stdin, signal }: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    signal.throwIfAborted();
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) throw usageError(`stdin holds more than ${MAX_INPUT_BYTES} bytes`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
