import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { link, open, readFile, rm } from 'node:fs/promises';
import { hasCode, parseJson } from '@plexus/protocol';
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/value';

/** Creates a file that only its owner may read, whole or not at all; one that exists already stays as it is. */
export async function createFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Replaces a small file, whole or not at all. */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** What a file says, without the byte order mark that some editors begin it with. */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readFile(path));
}

/** The same; undefined when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return await readText(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
}

/**
 * What a file of JSON holds; undefined when there is none.
 *
 * @param otherwise what is to be said of a file that holds something else
 * @throws {Error} of such a file
 */
export async function readChecked<T extends TSchema>(
  path: string,
  schema: T,
  otherwise: string,
): Promise<Static<T> | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (Check(schema, value)) return value;
  throw new Error(`${path} ${otherwise}`);
}
