import { EngineError } from './engine-error.ts';
import type { EngineHttp } from './engine-http.ts';

/** Removes containers, also those that an engine was not there to remove. */
export interface Remover {
  /** @throws {EngineError} when the engine does not do it; a container that is gone already is no failure */
  readonly remove: (id: string) => Promise<void>;
  /** Never rejects. Tries again to remove what could not be removed. */
  readonly removeLeft: () => Promise<void>;
}

export function createRemover(http: EngineHttp): Remover {
  const left = new Set<string>();

  async function remove(id: string): Promise<void> {
    left.add(id);
    try {
      await http.call({ method: 'DELETE', path: `/containers/${id}?force=true&v=true` });
    } catch (error) {
      const isGone = error instanceof EngineError && (error.status === 404 || error.status === 409);
      if (!isGone) throw error;
    }
    left.delete(id);
  }

  return {
    remove,
    async removeLeft() {
      await Promise.allSettled([...left].map(remove));
    },
  };
}
