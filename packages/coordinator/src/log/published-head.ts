import { join } from 'node:path';
import type { BooksReader } from '@plexus/core';
import type { TreeHead } from '@plexus/protocol';
import { readJsonFile, writeJsonFile } from '../json-file.ts';

/** The newest head that this home has shown to others, kept beside the books so that they can be compared with it. */
type PublishedHead = Pick<TreeHead, 'log_id' | 'tree_size' | 'root_hash' | 'timestamp'>;

function pathIn(home: string): string {
  return join(home, 'published.json');
}

/** @throws {Error} when the file is damaged */
export async function readPublishedHead(home: string): Promise<PublishedHead | undefined> {
  return await readJsonFile(pathIn(home), isPublishedHead);
}

/** Keeps heads as they are published, one write after another; one that is not new costs nothing. */
export function createPublisher(home: string): (head: TreeHead) => Promise<void> {
  let newest: PublishedHead | undefined;
  let writing = Promise.resolve();
  const isKept = ({ log_id, tree_size }: TreeHead) => newest?.log_id === log_id && newest.tree_size >= tree_size;

  async function keep(shown: TreeHead): Promise<void> {
    if (isKept(shown)) return;
    const { log_id, tree_size, root_hash, timestamp } = shown;
    const head: PublishedHead = { log_id, tree_size, root_hash, timestamp };
    await writeJsonFile(pathIn(home), head);
    newest = head;
  }

  return async (head) => {
    if (isKept(head)) return;
    writing = writing.catch(() => undefined).then(() => keep(head));
    await writing;
  };
}

/**
 * Stops a coordinator whose books are older than what it has shown: to go on would be to sign a second history.
 *
 * @throws {Error} what happened, and what can be done
 */
export async function requireWholeLog(home: string, logId: string, books: Books): Promise<void> {
  const shown = await readPublishedHead(home);
  // A log that was begun anew contradicts nobody, nor does an empty one.
  if (shown?.log_id !== logId || shown.tree_size === 0) return;
  const size = await books.countLeaves();
  const own = size < shown.tree_size ? undefined : await books.findTreeHead(shown.tree_size);
  if (own?.root_hash === shown.root_hash) return;
  throw new Error(
    `The books in use are not those that this coordinator has shown to others: it signed a log of ${shown.tree_size} ` +
      `receipts on ${shown.timestamp}, and they have ${own ? 'other ones' : size}. Bring the right database back. Where ` +
      `it is lost, begin a new log on this one, which everybody is told of: plexus restore --new-log --home ${home}`,
  );
}

type Books = Pick<BooksReader, 'countLeaves' | 'findTreeHead'>;

function isPublishedHead(value: unknown): value is PublishedHead {
  const { log_id, tree_size, root_hash, timestamp } = (value ?? {}) as Partial<PublishedHead>;
  return Number.isSafeInteger(tree_size) && [log_id, root_hash, timestamp].every((text) => typeof text === 'string');
}
