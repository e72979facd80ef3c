import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A driver that does not answer by then counts as broken. */
const DRIVER_TIMEOUT_MS = 5000;
/** The most graphics processors that a node may say it has. */
const MAX_GPUS = 64;

const run = promisify(execFile);

/**
 * Asks NVIDIA's driver; memory is in MiB.
 *
 * @param fields joined by commas. Source: nvidia-smi --help-query-gpu
 * @throws {Error} where there is no driver, or it does not answer
 */
export async function askDriver(fields: string): Promise<string> {
  const query = [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'];
  return (await run('nvidia-smi', query, { timeout: DRIVER_TIMEOUT_MS })).stdout;
}

/** The lines of its answer, one for each graphics processor. */
export function gpuLines(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.includes(','));
  return lines.slice(0, MAX_GPUS);
}
