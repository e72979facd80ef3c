import type { Context } from './dialect.ts';

/** When the client of a stream counts as gone, which cancels its job. */
export interface Leaving {
  readonly signal: AbortSignal;
  /** The head is sent: the client knows that it has an answer. */
  begin(): void;
  leave(): void;
}

/**
 * A background job goes on without its client. Under an Idempotency-Key it does so until the head is sent: the key
 * stands for what became of the job, so that a connection that broke before would leave nothing to be given again.
 */
export function createLeaving(
  { idempotency, signal }: Pick<Context, 'idempotency' | 'signal'>,
  isBackground: boolean,
): Leaving {
  const controller = new AbortController();
  const leave = (): void => controller.abort(new Error('The client went away'));
  const follow = (): void => {
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  };
  if (!isBackground && !idempotency) follow();
  return {
    signal: controller.signal,
    begin() {
      if (!isBackground && idempotency && !signal.aborted) follow();
    },
    leave,
  };
}
