import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttachedFile } from '@plexus/storage';

export const DATABASE = 'plexus.db';

/**
 * Small files of a home that belong to its books: without them the log has another identity, keys do not fit, and a
 * node earns for another account. `known-networks.json` and `chat.json` are not among them: they are their user's, and
 * the former must never be older than it was.
 */
export const ATTACHED_FILES: readonly string[] = [
  'coordinator.key',
  'derivation.key',
  'operator.key',
  'node.token',
  'invite.code',
  'node.key',
  'coordinators.json',
  'log.json',
];

/** All files of a home that make it the home of a network. */
export const NETWORK_FILES: readonly string[] = [
  DATABASE,
  `${DATABASE}-wal`,
  `${DATABASE}-shm`,
  'published.json',
  ...ATTACHED_FILES,
];

/** Stands in a home while it is neither what it was nor what it shall be. */
export const UNFINISHED = 'restore.unfinished';

export function readAttachedFiles(home: string): readonly AttachedFile[] {
  const present = ATTACHED_FILES.filter((name) => existsSync(join(home, name)));
  return present.map((name) => ({ name, content: readFileSync(join(home, name)) }));
}

/** @throws {Error} when a restore of this home was broken off */
export function requireFinishedRestore(home: string): void {
  if (!existsSync(join(home, UNFINISHED))) return;
  throw new Error(`A restore of ${home} was broken off; do it again: plexus restore FILE --home ${home} --force`);
}
