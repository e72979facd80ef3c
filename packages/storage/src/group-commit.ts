import {
  applyGroup,
  type Command,
  Draft,
  type Job,
  type NewJob,
  nothingTouched,
  type Outcome,
  outcomeOf,
  type StoredReceipt,
  touchedBy,
} from '@plexus/core';
import type { BooksDriver } from './driver.ts';
import { messageOf, StorageError } from './storage-error.ts';

/** Commands of one caller: all or none. */
export type Group<J extends NewJob = Job, R = StoredReceipt> = readonly Command<J, R>[];

export type GroupResult =
  | { readonly ok: true; readonly outcome: Outcome }
  | { readonly ok: false; readonly error: unknown };

/**
 * Commits the groups in one transaction and answers each after it is on disk. A group that the rules refuse leaves
 * nothing and harms no other. When the batch itself cannot be written, each group is tried alone, so that the one
 * at fault fails alone, and what only failed by another process's doing succeeds.
 */
export function commitGroups<J extends NewJob, R>(
  driver: BooksDriver<J, R>,
  groups: readonly Group<J, R>[],
): readonly GroupResult[] {
  try {
    return commitTogether(driver, groups);
  } catch (error) {
    if (error instanceof StorageError) return groups.map(() => ({ ok: false, error }));
    return groups.flatMap((group) => commitAlone(driver, group));
  }
}

function commitAlone<J extends NewJob, R>(driver: BooksDriver<J, R>, group: Group<J, R>): readonly GroupResult[] {
  try {
    return commitTogether(driver, [group]);
  } catch (error) {
    return [{ ok: false, error: error instanceof StorageError ? error : writeFailed(error) }];
  }
}

/**
 * @throws {StorageError} when the disk is at fault, so that trying each group alone would not help
 */
function commitTogether<J extends NewJob, R>(
  driver: BooksDriver<J, R>,
  groups: readonly Group<J, R>[],
): readonly GroupResult[] {
  orWriteFailed(() => driver.begin());
  try {
    const touched = nothingTouched();
    for (const group of groups) touchedBy(group, touched);
    const draft = new Draft<J, R>(driver.load(touched));
    const applied = groups.map((group) => applyGroup(draft, group));
    driver.save(draft);
    const results = applied.map((one) => (one.ok ? { ok: true as const, outcome: outcomeOf(draft, one) } : one));
    orWriteFailed(() => driver.commit());
    return results;
  } catch (error) {
    driver.rollback();
    throw error;
  }
}

function orWriteFailed(write: () => void): void {
  try {
    write();
  } catch (error) {
    throw writeFailed(error);
  }
}

function writeFailed(cause: unknown): StorageError {
  const message = `Nothing was written: ${messageOf(cause)}`;
  return new StorageError('write_failed', message, { cause });
}
