import type { Writer } from './command-queue.ts';
import { StorageError } from './storage-error.ts';

/**
 * The writer, which tells of each batch why nothing of it was written, or that something was. A batch of which the rules
 * refused everything did not try the disk, and says nothing of it.
 */
export function watched(writer: Writer, onWrite: (failure: StorageError | undefined) => void): Writer {
  return {
    close: () => writer.close(),
    async write(groups) {
      const results = await writer.write(groups);
      const failure = results.map((result) => (result.ok ? undefined : result.error)).find(isStorageError);
      if (results.some(({ ok }) => ok)) onWrite(undefined);
      else if (failure) onWrite(failure);
      return results;
    },
  };
}

function isStorageError(error: unknown): error is StorageError {
  return error instanceof StorageError;
}
