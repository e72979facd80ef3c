import type { ArtifactStore } from '@plexus/core';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ArtifactKeeper } from '../artifacts/artifact-services.ts';

/** How much of clients' and jobs' files is kept, and how much has gone. */
export function addArtifactGauges(
  registry: Registry,
  store: Pick<ArtifactStore, 'usage'>,
  keeper: Pick<ArtifactKeeper, 'expired'>,
): void {
  const registers = [registry];
  new Gauge({
    name: 'plexus_artifacts',
    help: 'Files that are kept: bundles of clients and outputs of jobs.',
    labelNames: ['kind'],
    registers,
    async collect() {
      const { bundles, outputs } = await store.usage();
      this.set({ kind: 'bundle' }, bundles);
      this.set({ kind: 'output' }, outputs);
    },
  });
  new Gauge({
    name: 'plexus_artifact_bytes',
    help: 'Bytes on disk of the files that are kept, those that are arriving among them.',
    registers,
    async collect() {
      this.set((await store.usage()).bytes);
    },
  });
  new Counter({
    name: 'plexus_artifacts_expired_total',
    help: 'Files that were removed because their time was over.',
    registers,
    collect() {
      this.reset();
      this.inc(keeper.expired);
    },
  });
}
