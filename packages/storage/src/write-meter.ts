import type { Writer } from './command-queue.ts';

/** Batches that were written since the start, and how long that took in all. */
export interface Written {
  readonly batches: number;
  readonly writeSeconds: number;
}

/** The writer with a count of what it wrote. */
export function metered(writer: Writer): { readonly write: Writer['write']; readonly written: () => Written } {
  let batches = 0;
  let writeSeconds = 0;
  return {
    async write(groups) {
      const startedAt = performance.now();
      const results = await writer.write(groups);
      batches += 1;
      writeSeconds += (performance.now() - startedAt) / 1000;
      return results;
    },
    written: () => ({ batches, writeSeconds }),
  };
}
