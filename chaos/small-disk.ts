/** A disk that is small enough to be filled: a tmpfs of its own, which only root can mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE = '64m';
const BLOCK = Buffer.alloc(1024 * 1024, 1);
const FILLER = 'filler';

/** Why there can be none here, if there can be none. */
export function whyNoSmallDisk(): string | undefined {
  try {
    unmount(mountSmallDisk());
    return undefined;
  } catch (error) {
    return `a tmpfs cannot be mounted: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
}

/** @returns the folder that it is mounted on */
export function mountSmallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plexus-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}

export function unmount(folder: string): void {
  // What still has a file open in it, such as a program that was killed a moment ago, does not keep it from going.
  execFileSync('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true });
}

/** Leaves not a byte of the disk. */
export function fill(folder: string): void {
  const file = openSync(join(folder, FILLER), 'a');
  try {
    for (let size = BLOCK.length; size >= 1;) if (!tryWrite(file, size)) size = Math.floor(size / 2);
  } finally {
    closeSync(file);
  }
}

export function empty(folder: string): void {
  rmSync(join(folder, FILLER), { force: true });
}

/** @returns false when the disk is full */
function tryWrite(file: number, size: number): boolean {
  try {
    return writeSync(file, BLOCK, 0, size) === size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
