import { linkSignals, orInterrupted, reasonOf } from '../interruption.ts';
import type { ContainerEngine, RunningContainer, StartOptions } from './container-engine.ts';
import type { ContainerDefinition } from './definition.ts';
import { EngineError } from './engine-error.ts';

/** A container that has just failed to start is not started anew for every request. */
const RETRY_MS = 2000;

/** Containers that stay up from one request to the next, because a start costs some hundred milliseconds. */
export interface WarmContainers {
  /**
   * The container of a definition, which is started where it does not run: at first, and after its end.
   *
   * @throws {EngineError} also shortly after a start has failed; whatever the signal says when it aborts
   */
  get(id: string, signal: AbortSignal): Promise<RunningContainer>;
  /** Starts all of them, one after another; those that fail are told of and tried again when they are asked for. */
  warm(): Promise<void>;
  /** Ends them all, and the engine; a second call waits for the first. */
  close(): Promise<void>;
}

interface Slot {
  readonly definition: ContainerDefinition;
  container: Promise<RunningContainer> | undefined;
  /** Monotonic milliseconds of the last start that failed, and why. */
  failure: { readonly atMs: number; readonly error: unknown } | undefined;
}

export interface WarmOptions extends Omit<StartOptions, 'signal'> {
  /** Told of each container that does not start at first, and why. */
  readonly onFailure: (id: string, reason: string) => void;
}

/** @param definitions with an id each of its own */
export function createWarmContainers(
  engine: ContainerEngine,
  definitions: readonly ContainerDefinition[],
  { onFailure, ...options }: WarmOptions,
): WarmContainers {
  const closing = new AbortController();
  const slots = new Map(definitions.map((definition) => [definition.id, slotOf(definition)]));
  const start = createStart(engine, options, closing.signal);

  async function get(id: string, signal: AbortSignal): Promise<RunningContainer> {
    const slot = slots.get(id);
    if (!slot) throw new EngineError(`There is no container "${id}"`);
    closing.signal.throwIfAborted();
    const { failure } = slot;
    if (failure && performance.now() - failure.atMs < RETRY_MS) throw failure.error;
    slot.container ??= start(slot);
    const either = linkSignals([signal, closing.signal]);
    return await orInterrupted(slot.container, either.signal).finally(() => either.unlink());
  }

  async function end(): Promise<void> {
    closing.abort(new EngineError('The containers are being ended'));
    await Promise.allSettled([...slots.values()].map(async ({ container }) => (await container)?.remove()));
    await engine.close();
  }

  let ending: Promise<void> | undefined;
  return {
    get,
    async warm() {
      for (const id of slots.keys()) {
        if (closing.signal.aborted) return;
        await get(id, closing.signal).catch((error: unknown) => {
          if (!closing.signal.aborted) onFailure(id, reasonOf(error));
        });
      }
    },
    close: () => (ending ??= end()),
  };
}

type Start = (slot: Slot) => Promise<RunningContainer>;

function createStart(engine: ContainerEngine, options: Omit<StartOptions, 'signal'>, closing: AbortSignal): Start {
  /** The next request starts another one. */
  async function forget(slot: Slot, container: RunningContainer): Promise<void> {
    slot.container = undefined;
    if (!closing.aborted) await container.remove().catch(() => undefined);
  }

  return async (slot) => {
    try {
      const container = await engine.start(slot.definition, { ...options, signal: closing });
      slot.failure = undefined;
      void container.ended.then(() => forget(slot, container));
      return container;
    } catch (error) {
      slot.container = undefined;
      slot.failure = { atMs: performance.now(), error };
      throw error;
    }
  };
}

function slotOf(definition: ContainerDefinition): Slot {
  return { definition, container: undefined, failure: undefined };
}
