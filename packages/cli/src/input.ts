import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { CliError, EXIT, usageError } from './failure.ts';
import type { Io } from './io.ts';
import { systemFailure } from './system-failure.ts';
import { unlessAborted } from './unless-aborted.ts';

/** As much as a request's body may hold. */
const MAX_INPUT_BYTES = 10 * 1024 * 1024;

/** The text itself, `-` for stdin, or `@path` for a file. @throws {CliError} when what is read is no text */
export async function readText(argument: string, io: Io): Promise<string> {
  if (argument === '-') return asText(await readStdin(io), 'stdin');
  if (!argument.startsWith('@')) return argument;
  const path = argument.slice(1);
  return asText(await readInputFile(path, io), path);
}

/** A file's text, or stdin's for `-`, without a byte order mark. */
export async function readFileOrStdin(path: string, io: Io): Promise<string> {
  const bytes = path === '-' ? await readStdin(io) : await readInputFile(path, io);
  return new TextDecoder().decode(bytes);
}

/** Bytes that are no text would reach the service as other ones, and be paid for. */
function asText(bytes: Buffer, source: string): string {
  if (isUtf8(bytes)) return bytes.toString();
  throw usageError(`${source}: it is not UTF-8 text`, 'Convert it, for example with `iconv` or `base64`.');
}

async function readInputFile(path: string, { signal }: Io): Promise<Buffer> {
  try {
    return await unlessAborted(readAll(createReadStream(path), path), signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CliError) throw error;
    const { message = `${path}: ${String(error)}`, hint } = systemFailure(error, path) ?? {};
    throw new CliError(message, { exitCode: EXIT.usage, hint, cause: error });
  }
}

/** Whoever writes there may never end, and Ctrl-C must end the wait for him. */
function readStdin({ stdin, signal }: Io): Promise<Buffer> {
  return unlessAborted(readAll(stdin, 'stdin'), signal);
}

async function readAll(source: Io['stdin'], name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) {
      throw usageError(`${name} holds more than ${MAX_INPUT_BYTES} bytes`, 'Send less, or in parts.');
    }
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
