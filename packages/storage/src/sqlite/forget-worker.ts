import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../storage-error.ts';
import { prepareForget } from './forget-texts.ts';
import { openForForgetting } from './open.ts';

/** What the thread is asked: remove texts of jobs that ended before, in milliseconds; or end. */
export type ToForgetter = { readonly endedBefore: number } | 'close';

/** What it answers: of how many jobs, or why of none. */
export type FromForgetter = { readonly count: number } | { readonly error: string };

/** The thread that removes old texts, over a connection of its own: the event loop never waits for it. */
function serve(port: NonNullable<typeof parentPort>, path: string): void {
  const database = openForForgetting(path);
  const forget = prepareForget(database);
  port.on('message', (message: ToForgetter) => {
    if (message === 'close') {
      database.close();
      port.close();
      return;
    }
    port.postMessage(answer(message.endedBefore));
  });

  function answer(endedBefore: number): FromForgetter {
    try {
      return { count: forget(endedBefore) };
    } catch (error) {
      return { error: messageOf(error) };
    }
  }
}

if (parentPort) serve(parentPort, (workerData as { path: string }).path);
