/** A chain that a node opens as soon as it can be reached: machines start in any order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RunError, type Runner } from '@plexus/runners';
import { Check } from 'typebox/value';
import { type Backoff, createBackoff } from '../../backoff.ts';
import { within } from '../../deadline.ts';
import { ChainUnreachable } from './chain-unreachable.ts';
import type { NodeChain } from './node-chain.ts';
import { SignedSchema } from './subscription-book.ts';

const MAX_PAUSE_MS = 30_000;
/** A node's start does not wait longer for a chain that says nothing. */
const PATIENCE_MS = 2000;

export interface LateChainOptions {
  /** @throws {ChainUnreachable} where it may be tried again */
  readonly open: () => Promise<NodeChain>;
  readonly log: (problem: unknown, text: string) => void;
  readonly onProgress: (text: string) => void;
  readonly backoff?: Backoff;
  readonly patienceMs?: number;
}

/**
 * Opens a chain, at once or later. Never throws.
 *
 * @returns undefined where it will not be served, which is logged
 */
export async function openLateChain(options: LateChainOptions): Promise<NodeChain | undefined> {
  const { open, log, patienceMs = PATIENCE_MS } = options;
  const opening = open();
  try {
    const chain = await within(opening, patienceMs);
    if (chain) return chain;
    log(new ChainUnreachable(new Error('It has not answered yet')), NOT_SERVED_YET);
  } catch (error) {
    const isLater = error instanceof ChainUnreachable;
    log(error, isLater ? NOT_SERVED_YET : NOT_SERVED);
    if (!isLater) return undefined;
  }
  return new LateChain(options, opening);
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

  /** @param opening the first try, which may have failed */
  constructor(options: LateChainOptions, opening: Promise<NodeChain>) {
    this.#options = options;
    // It ends by itself, or when this is closed, and rejects never.
    void this.#keepTrying(opening);
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

  async #keepTrying(first: Promise<NodeChain>): Promise<void> {
    const { open, log, backoff = createBackoff() } = this.#options;
    const { signal } = this.#closing;
    let opening = first;
    for (let attempt = 1; ; attempt++) {
      try {
        const chain = await opening;
        // One that has not been started holds nothing that must be ended.
        if (!signal.aborted) this.#begin(chain);
        return;
      } catch (error) {
        if (!(error instanceof ChainUnreachable)) return log(error, NOT_SERVED);
      }
      await sleep(backoff(attempt, MAX_PAUSE_MS), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      opening = open();
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
