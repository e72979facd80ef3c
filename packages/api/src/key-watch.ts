import { type Authenticator, isRefusal, keyLossOf } from '@plexus/core';
import type { FastifyRequest } from 'fastify';
import { keyInHeaders } from './authentication.ts';

/** The key of an answer that is being sent is looked at so often. */
const CHECK_EVERY_MS = 4000;

/** Watches whether the key of a request is revoked while its answer is sent; one that expires was good when it began. */
export interface KeyWatch {
  /** Rejects once it was revoked. */
  readonly lost: Promise<never>;
  stop(): void;
}

export function watchKey(
  request: Pick<FastifyRequest, 'headers'>,
  authenticator: Pick<Authenticator, 'authenticate'>,
): KeyWatch {
  const key = keyInHeaders(request);
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearInterval(timer);
  const lost = new Promise<never>((_resolve, reject) => {
    if (key === undefined) return;
    const look = async (): Promise<void> => {
      const loss = await keyLossOf(authenticator, key);
      if (!loss || isRefusal(loss, 'KEY_EXPIRED')) return;
      stop();
      reject(loss);
    };
    timer = setInterval(() => void look(), CHECK_EVERY_MS).unref();
  });
  // Who does not wait for it must not be ended by it.
  lost.catch(() => undefined);
  return { lost, stop };
}
