import { type Command, DomainError, type Outcome } from '@plexus/core';
import type { Group, GroupResult } from './group-commit.ts';
import { StorageError } from './storage-error.ts';
import { metered, type Written } from './write-meter.ts';

/**
 * Groups in one batch: enough to share a disk sync among, and few enough that the writer, the event loop and the nodes
 * work on different batches at the same time instead of in step.
 */
const MAX_BATCH_GROUPS = 32;
/** Commands that may wait; beyond them the disk does not keep up and callers must slow down. */
const MAX_WAITING_COMMANDS = 20_000;
/** Told to a caller whose command finds no room. */
const RETRY_SECONDS = 1;

/** Writes one batch at a time. */
export interface Writer {
  /** Rejects only when the writer itself is lost; a group's own failure is in its result. */
  write(groups: readonly Group[]): Promise<readonly GroupResult[]>;
  close(): Promise<void>;
}

/** Collects commands while the writer is busy and hands over all that wait at once. */
export interface CommandQueue {
  /**
   * @throws {DomainError} the rule's refusal; OVERLOADED when too many commands wait
   * @throws {StorageError} closed, write_failed, writer_died
   */
  commitAll(commands: Group): Promise<Outcome>;
  load(): QueueLoad;
  /** Commits what is waiting, takes nothing more, and closes the writer. */
  close(): Promise<void>;
}

/** How busy the writer is. */
interface QueueLoad extends Written {
  readonly waitingCommands: number;
}

interface Waiting {
  readonly commands: readonly Command[];
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export function createCommandQueue(writer: Writer, maxWaiting = MAX_WAITING_COMMANDS): CommandQueue {
  const meter = metered(writer);
  let waiting: Waiting[] = [];
  let waitingCommands = 0;
  let running: Promise<void> | undefined;
  let lost: unknown;
  let closing: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // Whatever else arrives in this turn of the event loop goes into the same batch.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = waiting.slice(0, MAX_BATCH_GROUPS);
      waiting = waiting.slice(MAX_BATCH_GROUPS);
      for (const { commands } of batch) waitingCommands -= commands.length;
      await writeBatch(batch);
    }
    running = undefined;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    if (lost !== undefined) return batch.forEach(({ reject }) => reject(lost));
    try {
      const results = await meter.write(batch.map(({ commands }) => commands));
      batch.forEach((one, at) => settle(one, results[at]));
    } catch (error) {
      lost = error;
      for (const { reject } of batch) reject(error);
    }
  }

  function refusal(size: number): unknown {
    if (closing) return new StorageError('closed', 'The books are closed');
    if (waitingCommands + size <= maxWaiting) return lost;
    return overloaded(waitingCommands);
  }

  return {
    commitAll(commands) {
      const refused = refusal(commands.length);
      if (refused !== undefined) return Promise.reject(refused);
      return new Promise((resolve, reject) => {
        waiting.push({ commands, resolve, reject });
        waitingCommands += commands.length;
        running ??= run();
      });
    },
    load: () => ({ waitingCommands, ...meter.written() }),
    close() {
      closing ??= Promise.resolve(running).then(() => writer.close());
      return closing;
    },
  };
}

function overloaded(waitingCommands: number): DomainError {
  const message = `The books do not keep up: ${waitingCommands} commands wait for the disk; try again in ${RETRY_SECONDS} s`;
  return new DomainError('OVERLOADED', message, { retryAfterSeconds: RETRY_SECONDS });
}

function settle(one: Waiting, result: GroupResult | undefined): void {
  if (result?.ok) one.resolve(result.outcome);
  else one.reject(result?.error ?? new StorageError('writer_died', 'The writer gave no answer'));
}
