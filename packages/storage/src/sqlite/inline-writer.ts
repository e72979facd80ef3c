import type { Writer } from '../command-queue.ts';
import { commitGroups } from '../group-commit.ts';
import { openForWriting } from './open.ts';
import { packCommand, unpackCommand } from './packed.ts';
import { createSqliteDriver } from './sqlite-driver.ts';

/** Writes on the calling thread, which stands still meanwhile: for tests and short-lived programs. */
export function createInlineWriter(path: string): Writer {
  const driver = createSqliteDriver(openForWriting(path));
  return {
    write: async (groups) =>
      commitGroups(
        driver,
        groups.map((group) => group.map((command) => unpackCommand(packCommand(command)))),
      ),
    close: async () => driver.close(),
  };
}
