/** A chain that a node opens as soon as it can be reached: machines start in any order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RunError, type Runner } from '@plexus/runners';
import { Check } from 'typebox/value';
import { type Backoff, createBackoff } from '../../backoff.ts';
import { ChainUnreachable } from './chain-unreachable.ts';
import type { NodeChain } from './node-chain.ts';
import { SignedSchema } from './subscription-book.ts';

const MAX_PAUSE_MS = 30_000;

export interface LateChainOptions {
  /** @throws {ChainUnreachable} where it may be tried again */
  readonly open: () => Promise<NodeChain>;
  readonly log: (problem: unknown, text: string) => void;
  readonly onProgress: (text: string) => void;
  readonly backoff?: Backoff;
}

/**
 * Opens a chain, at once or later. Never throws.
 *
 * @returns undefined where it will not be served, which is logged
 */
export async function openLateChain(options: LateChainOptions): Promise<NodeChain | undefined> {
  try {
    return await options.open();
  } catch (error) {
    const isLater = error instanceof ChainUnreachable;
    options.log(error, isLater ? NOT_SERVED_YET : NOT_SERVED);
    return isLater ? new LateChain(options) : undefined;
  }
}

/** The node's other clients are served all the same. */
const NOT_SERVED_YET = 'The chain is not served yet: it is tried again until it can be reached';
const NOT_SERVED = 'The chain is not served until the node is started again';

class LateChain implements NodeChain {
  readonly #options: LateChainOptions;
  readonly #closing = new AbortController();
  #chain: NodeChain | undefined;
  /** What the chain is started with, where it was to be started before it was there. */
  #wanted: Parameters<NodeChain['start']> | undefined;

  constructor(options: LateChainOptions) {
    this.#options = options;
    // It ends by itself, or when this is closed, and rejects never.
    void this.#keepTrying();
  }

  offer(): ReturnType<NodeChain['offer']> {
    return this.#chain?.offer();
  }

  delivering(runner: Runner): Runner {
    return {
      ...runner,
      run: async (request, context) => {
        if (this.#chain) return await this.#chain.delivering(runner).run(request, context);
        if (!Check(SignedSchema, request.params['chain'])) return await runner.run(request, context);
        throw new RunError('ENGINE_FAILED', 'The node does not reach its chain');
      },
    };
  }

  start(...wanted: Parameters<NodeChain['start']>): void {
    if (this.#chain) this.#chain.start(...wanted);
    else this.#wanted = wanted;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#chain?.close();
  }

  async #keepTrying(): Promise<void> {
    const { open, log, backoff = createBackoff() } = this.#options;
    const { signal } = this.#closing;
    for (let attempt = 1; ; attempt++) {
      await sleep(backoff(attempt, MAX_PAUSE_MS), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const chain = await open();
        // One that has not been started holds nothing that must be ended.
        if (!signal.aborted) this.#begin(chain);
        return;
      } catch (error) {
        if (!(error instanceof ChainUnreachable)) return log(error, NOT_SERVED);
      }
    }
  }

  #begin(chain: NodeChain): void {
    this.#chain = chain;
    this.#options.onProgress('The chain is reached and served');
    if (!this.#wanted) return;
    const [, onChange] = this.#wanted;
    chain.start(...this.#wanted);
    onChange();
  }
}
