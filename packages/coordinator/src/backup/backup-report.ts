import type { TreeHead } from '@plexus/protocol';
import type { BooksCounts } from '@plexus/storage';

/** What a backup was found to be. */
export interface BackupReport extends BooksCounts {
  readonly file: string;
  readonly bytes: number;
  /** Of the file, in hex; absent where it was not read whole. */
  readonly sha256?: string;
  /** ISO text; absent of a database that is no backup. */
  readonly takenAt?: string;
  /** Version of the program that made it. */
  readonly madeBy?: string;
  /** Names of the files beside the books. */
  readonly files: readonly string[];
  readonly head?: Pick<TreeHead, 'log_id' | 'tree_size' | 'timestamp'>;
  /** What is wrong; empty of a good one. */
  readonly problems: readonly string[];
}

/** Tells how far something is. */
export type Say = (text: string) => void;

/** An end that whoever asked is told about in words. */
export class BackupFailure extends Error {
  override readonly name = 'BackupFailure';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
