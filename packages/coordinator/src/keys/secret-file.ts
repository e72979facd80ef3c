import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

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
    if (!isErrno(error, 'EEXIST')) throw error;
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
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
