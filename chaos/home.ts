/** The folder of a network, on the ordinary disk or on a small one; kept when it holds evidence. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountSmallDisk, unmount } from './small-disk.ts';

export interface Home {
  readonly folder: string;
  /** @returns where the evidence is, where it was to be kept */
  close(keepsEvidence: boolean): string | undefined;
}

const PREFIX = join(tmpdir(), 'plexus-chaos-');

export function openHome(isSmall: boolean): Home {
  const folder = isSmall ? mountSmallDisk() : mkdtempSync(PREFIX);
  const remove = () => (isSmall ? unmount(folder) : rmSync(folder, { recursive: true, force: true }));
  // An interrupted run leaves nothing behind, either.
  process.once('exit', remove);
  return {
    folder,
    close(keepsEvidence) {
      process.off('exit', remove);
      const evidence = keepsEvidence ? mkdtempSync(PREFIX) : undefined;
      if (evidence !== undefined) cpSync(folder, evidence, { recursive: true });
      remove();
      return evidence;
    },
  };
}
