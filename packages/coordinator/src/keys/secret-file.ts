import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode } from '@plexus/protocol';

/** Reads a secret, or makes it once; only its owner may read the file. Two programs at once get the same one. */
export function readOrCreateSecret(
  file: string,
  make: () => string,
): { readonly text: string; readonly isNew: boolean } {
  const existing = readSecret(file);
  if (existing !== undefined) return { text: existing, isNew: false };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${make().trimEnd()}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  chmodSync(file, 0o600);
  return { text: readFileSync(file, 'utf8').trimEnd(), isNew: true };
}

export function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
