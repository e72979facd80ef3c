import type { Books } from '@plexus/core';
import type { Signer, TreeHead } from '@plexus/protocol';
import { type LogPeriod, noteTreeSize } from './log-periods.ts';
import { createPublisher, requireWholeLog } from './published-head.ts';

/** More events than can have been told after a backup was taken: 20,000 a second for a year and a half. */
const SKIPPED_EVENTS = 1_000_000_000_000;

/** The log of a home: its name, and what is kept of it outside the books. */
export interface OpenedLog {
  readonly logId: string;
  /** Where the log was begun anew on a backup, if it was. */
  readonly period: Required<LogPeriod> | undefined;
  /** Notes a head that others are shown. */
  readonly publish: (head: TreeHead) => Promise<void>;
}

/**
 * Goes on with the log of a home.
 *
 * @throws {Error} when the books are older than what was shown of them, or another home's
 */
export async function openLog(home: string, signer: Signer, books: Books): Promise<OpenedLog> {
  const { read } = books;
  // Readers of the feed, too, may have been told more than these books have.
  const begin = (): Promise<unknown> => books.commit({ type: 'skipEvents', count: SKIPPED_EVENTS });
  const period = await noteTreeSize(home, await read.countLeaves(), begin);
  const logId = period?.log_id ?? signer.keyId;
  await requireOwnLog(home, { logId, period }, read);
  await requireWholeLog(home, logId, read);
  return { logId, period, publish: createPublisher(home) };
}

/**
 * Stops a coordinator whose home has not the key, or not the log, of those who wrote the books: what others keep of
 * them could not be proven any more.
 *
 * @throws {Error} what can be done
 */
async function requireOwnLog(
  home: string,
  { logId, period }: Pick<OpenedLog, 'logId' | 'period'>,
  read: Books['read'],
): Promise<void> {
  const head = await read.findTreeHead();
  // A log that was begun anew took over what heads of another one are over.
  if (!head || head.log_id === logId || (period && head.tree_size <= period.tree_size)) return;
  throw new Error(
    `The books in use have the log ${head.log_id}, and ${home} has the keys of ${logId}: bring back the files that ` +
      `belong to these books (coordinator.key, log.json and the others of a backup), or give this home books of its ` +
      `own. Where that key is lost, go on under this one: plexus restore --new-log --home ${home}`,
  );
}
