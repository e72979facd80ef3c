import {
  type Account,
  type ApiKey,
  type Draft,
  hasEnded,
  type JobHead,
  type LoadedState,
  type NodeScore,
} from '@plexus/core';

/** Rows of each kind that are kept. */
const REMEMBERED_ROWS = 20_000;

/**
 * What the only writer need not read again: rows as its own batches left them. Whoever writes beside others remembers
 * nothing.
 */
export interface RowMemory {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly keys: ReadonlyMap<string, ApiKey>;
  readonly scores: ReadonlyMap<string, NodeScore>;
  /** Jobs that have not ended. */
  readonly jobs: ReadonlyMap<string, JobHead>;
  /** Leaves that the log has. */
  readonly leafCount: number | undefined;
  /** What a batch read and changed, once it is on disk. */
  keep(loaded: LoadedState, draft: Draft): void;
  /** Something failed: from here on everything is read anew. */
  clear(): void;
}

export function createRowMemory(maxRows = REMEMBERED_ROWS): RowMemory {
  const accounts = new Map<string, Account>();
  const keys = new Map<string, ApiKey>();
  const scores = new Map<string, NodeScore>();
  const jobs = new Map<string, JobHead>();
  let leaves: number | undefined;

  return {
    accounts,
    keys,
    scores,
    jobs,
    get leafCount() {
      return leaves;
    },
    keep(loaded, draft) {
      for (const state of [loaded, draft]) {
        remember(accounts, state.accounts, maxRows);
        remember(keys, state.keys, maxRows);
        remember(scores, state.scores, maxRows);
      }
      for (const heads of [loaded.jobs, draft.jobHeads]) rememberOpen(jobs, heads, maxRows);
      if (draft.leaves.size > 0) leaves = loaded.leafCount + draft.leaves.size;
    },
    clear() {
      for (const rows of [accounts, keys, scores, jobs]) rows.clear();
      leaves = undefined;
    },
  };
}

/** Remembers nothing. */
export const NO_MEMORY: RowMemory = {
  accounts: new Map(),
  keys: new Map(),
  scores: new Map(),
  jobs: new Map(),
  leafCount: undefined,
  keep: () => undefined,
  clear: () => undefined,
};

function remember<T>(rows: Map<string, T>, changed: ReadonlyMap<string, T>, maxRows: number): void {
  if (rows.size + changed.size > maxRows) rows.clear();
  for (const [key, row] of changed) rows.set(key, row);
}

function rememberOpen(rows: Map<string, JobHead>, changed: ReadonlyMap<string, JobHead>, maxRows: number): void {
  remember(rows, changed, maxRows);
  for (const [id, { state }] of changed) if (hasEnded(state)) rows.delete(id);
}
