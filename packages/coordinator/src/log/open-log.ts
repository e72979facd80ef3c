import type { Books } from '@plexus/core';
import type { Signer, TreeHead } from '@plexus/protocol';
import { type LogPeriod, noteTreeSize } from './log-periods.ts';
import { createPublisher, requireWholeLog } from './published-head.ts';

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
 * @throws {Error} when the books are older than what was shown of them
 */
export async function openLog(home: string, signer: Signer, { read }: Books): Promise<OpenedLog> {
  const period = await noteTreeSize(home, await read.countLeaves());
  const logId = period?.log_id ?? signer.keyId;
  await requireWholeLog(home, logId, read);
  return { logId, period, publish: createPublisher(home) };
}
