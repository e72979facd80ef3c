import { EXIT, SilentExit } from '../failure.ts';
import type { NetworkToJoin, Parent } from '../io.ts';
import { isNetworkMessage } from './node-messages.ts';

/** A child ends by itself within this time once it shall; after that it is ended. */
const CHILD_EXIT_MS = 4500;

/** The parent decides when its child ends, also where a terminal's Ctrl-C reaches both. */
export function followParent(ending: AbortController): Parent {
  const stop = (): void => {
    if (ending.signal.aborted) return;
    ending.abort(new Error('Stopped'));
    setTimeout(() => process.exit(EXIT.failed), CHILD_EXIT_MS).unref();
  };
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  const network = new Promise<NetworkToJoin>((resolve, reject) => {
    ending.signal.addEventListener('abort', () => reject(new SilentExit(EXIT.ok)), { once: true });
    process.on('message', (message) => {
      if (message === 'stop') stop();
      else if (isNetworkMessage(message)) resolve(message);
    });
  });
  // Not every command waits for one.
  network.catch(() => undefined);
  // It was gone before this program was loaded.
  if (!process.connected) stop();
  return { tell, network };
}

function tell(message: unknown): void {
  // The parent may be gone by now; `disconnect` tells.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}
