import { parentPort, workerData } from 'node:worker_threads';
import { commitGroups } from '../group-commit.ts';
import { openForWriting } from './open.ts';
import { type PackedCommand, unpackCommand, type WireCommand } from './packed.ts';
import { createSqliteDriver } from './sqlite-driver.ts';
import { type FromWriter, type ToWriter, toWireError, toWireResult } from './wire.ts';

/** The writer's thread: one connection, batches one after another, until it is told to close. */
function serve(port: NonNullable<typeof parentPort>, path: string): void {
  const answer = (message: FromWriter): void => port.postMessage(message);
  let driver: ReturnType<typeof createSqliteDriver>;
  try {
    driver = createSqliteDriver(openForWriting(path));
  } catch (error) {
    answer({ type: 'refused', error: toWireError(error) });
    return;
  }
  port.on('message', (message: ToWriter) => {
    switch (message.type) {
      case 'write':
        answer({ type: 'written', results: commitGroups(driver, message.groups.map(unpackGroup)).map(toWireResult) });
        return;
      case 'close':
        driver.close();
        port.close();
    }
  });
  answer({ type: 'ready' });
}

function unpackGroup(group: readonly WireCommand[]): readonly PackedCommand[] {
  return group.map(unpackCommand);
}

if (parentPort) serve(parentPort, (workerData as { path: string }).path);
