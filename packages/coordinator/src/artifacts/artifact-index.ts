import type { Artifact, ArtifactUsage, OutputFile } from '@plexus/core';
import type { Room } from './room.ts';

/** All records in memory, with how often each content is referred to; keeps the room's counts. */
export class ArtifactIndex {
  readonly #byId = new Map<string, Artifact>();
  readonly #references = new Map<string, number>();
  readonly #byJob = new Map<string, Set<string>>();
  readonly #room: Room;
  #outputs = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  get(id: string): Artifact | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Artifact> {
    return this.#byId.values();
  }

  outputsOf(jobId: string): readonly OutputFile[] {
    const ids = this.#byJob.get(jobId) ?? [];
    return [...ids].flatMap((id) => this.#byId.get(id) ?? []).filter((artifact) => artifact.kind === 'output');
  }

  isReferred(sha256: string): boolean {
    return this.#references.has(sha256);
  }

  usage(): ArtifactUsage {
    return { bundles: this.#byId.size - this.#outputs, outputs: this.#outputs, bytes: this.#room.bytes };
  }

  set(artifact: Artifact): void {
    this.delete(artifact.id);
    this.#byId.set(artifact.id, artifact);
    this.#room.countFile(1);
    this.#room.countAccount(artifact.accountId, artifact.sizeBytes);
    this.#refer(artifact, 1);
    if (artifact.kind !== 'output') return;
    this.#outputs += 1;
    const ids = this.#byJob.get(artifact.jobId) ?? new Set();
    this.#byJob.set(artifact.jobId, ids.add(artifact.id));
  }

  delete(id: string): void {
    const artifact = this.#byId.get(id);
    if (!artifact) return;
    this.#byId.delete(id);
    this.#room.countFile(-1);
    this.#room.countAccount(artifact.accountId, -artifact.sizeBytes);
    this.#refer(artifact, -1);
    if (artifact.kind !== 'output') return;
    this.#outputs -= 1;
    const ids = this.#byJob.get(artifact.jobId);
    ids?.delete(id);
    if (ids?.size === 0) this.#byJob.delete(artifact.jobId);
  }

  #refer({ sha256, sizeBytes }: Artifact, change: 1 | -1): void {
    const before = this.#references.get(sha256) ?? 0;
    const after = before + change;
    if (after > 0) this.#references.set(sha256, after);
    else this.#references.delete(sha256);
    if (before === 0) this.#room.countContent(sizeBytes);
    if (after === 0) this.#room.countContent(-sizeBytes);
  }
}
