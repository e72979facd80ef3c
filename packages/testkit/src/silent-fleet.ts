import type { LiveWorkers } from '@plexus/core';

/** A collector that knows nothing beyond what is in the books. */
export const SILENT_FLEET: LiveWorkers = {
  find: () => undefined,
  points: () => [],
  unkeptRevenue: () => new Map(),
  keep: async () => undefined,
  changed: () => undefined,
};
