import type { Artifact, OutputFile } from './artifact.ts';

/** A file's content as it comes or goes. */
export type Content = AsyncIterable<Uint8Array>;

/** What is known of a content once all of it is there. */
export interface ContentFacts {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What a content must be, and the record that it is kept under. */
export interface Intake<A extends Artifact> {
  readonly accountId: string;
  readonly maxBytes: number;
  /** How long it was said to be: so much room is taken at once, and not only as it comes. */
  readonly declaredBytes?: number | undefined;
  /** What it must be. */
  readonly expected?: ContentFacts;
  readonly record: (facts: ContentFacts) => A;
}

/** Bytes of a content, both ends inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

export interface ArtifactUsage {
  readonly bundles: number;
  readonly outputs: number;
  /** Bytes of all contents; what several records share counts once. */
  readonly bytes: number;
}

/** Keeps files under their SHA-256, each for as long as a record refers to it. */
export interface ArtifactStore {
  /**
   * Takes a content in. It is on disk when this resolves, and nothing of it is left when this rejects. A record of
   * the same id is replaced.
   *
   * @throws {DomainError} ARTIFACT_TOO_LARGE, STORAGE_FULL, INVALID_INPUT when it is not what was expected
   */
  add<A extends Artifact>(content: Content, intake: Intake<A>): Promise<A>;
  find(id: string): Promise<Artifact | undefined>;
  /** Of one job, or of all jobs whose end is not known yet. */
  listOutputs(filter: { readonly jobId: string } | { readonly isFinal: false }): Promise<readonly OutputFile[]>;
  /** Writes a record anew; does nothing when it is gone. */
  update(artifact: Artifact): Promise<void>;
  /** Removes records, and the contents that no other record refers to. */
  remove(ids: readonly string[]): Promise<void>;
  /** Removes what has expired. @returns how many records that were */
  removeExpired(now: Date): Promise<number>;
  /** Opens the content of a record that was found. @throws {DomainError} ARTIFACT_NOT_FOUND when it is gone meanwhile */
  open(artifact: Artifact, range?: ByteRange): Promise<Content>;
  usage(): Promise<ArtifactUsage>;
}
