import { readFile, rename, rm } from 'node:fs/promises';
import { hasCode, parseJson } from '@plexus/protocol';
import { writeSynced } from './durable-file.ts';

/**
 * What a file of JSON holds.
 *
 * @returns undefined when there is no such file
 * @throws {Error} when it is not what was written there
 */
export async function readJsonFile<T>(path: string, isWhole: (value: unknown) => value is T): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const value = parseJson(text);
  if (isWhole(value)) return value;
  throw new Error(`${path} is not what this program wrote there`);
}

/** Replaces a file at once, so that after a power failure it is the old or the new one; only its owner may read it. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    await writeSynced(draft, `${JSON.stringify(value, null, 2)}\n`);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
