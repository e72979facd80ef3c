/** What the system's words for a file that cannot be used mean, and what to do then. Source: errno(3). */
const MEANINGS: Readonly<Record<string, readonly [meaning: string, hint: string]>> = {
  ENOENT: ['there is no such file or folder', 'Check the path.'],
  ENOTDIR: ['a file stands where a folder should be', 'Name another folder.'],
  EEXIST: ['something else stands there already', 'Name another path.'],
  EISDIR: ['it is a folder and not a file', 'Name a file.'],
  EACCES: ['this user may not use it', 'Name another path, or have its rights changed.'],
  EPERM: ['this user may not use it', 'Name another path, or have its rights changed.'],
  EROFS: ['it is on a disk that can only be read', 'Name another path.'],
  ENOSPC: ['the disk is full', 'Make room, or name a path on another disk.'],
};

/**
 * A file that the system would not open, make or change, in words; undefined for any other error.
 *
 * @param path where the system's error does not name it
 */
export function systemFailure(
  error: unknown,
  path = pathOf(error),
): { readonly message: string; readonly hint: string } | undefined {
  if (!(error instanceof Error) || path === undefined) return undefined;
  const { code = '' } = error as NodeJS.ErrnoException;
  const [meaning, hint] = MEANINGS[code] ?? [];
  if (meaning === undefined || hint === undefined) return undefined;
  return { message: `${path}: ${meaning} (${code})`, hint };
}

/** Of a copy, where it goes: what it is made of was read before. */
function pathOf(error: unknown): string | undefined {
  const { path, dest } = (error ?? {}) as { readonly path?: string; readonly dest?: string };
  return dest ?? path;
}
