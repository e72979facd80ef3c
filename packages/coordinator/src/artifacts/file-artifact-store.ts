import { createOneAtATime, hasCode } from '@plexus/protocol';
import type { Artifact, ArtifactStore, ArtifactUsage, ByteRange, Content, Intake, OutputFile } from '@plexus/core';
import { DomainError } from '@plexus/core';
import { ArtifactIndex } from './artifact-index.ts';
import { Contents, type Draft } from './contents.ts';
import { Records } from './records.ts';
import { type ArtifactLimits, Room } from './room.ts';

const GIB = 1024 ** 3;

const MAX_BYTES = 20 * GIB;
const MAX_ACCOUNT_BYTES = 2 * GIB;
const MAX_FILES = 100_000;
const LIMITS: ArtifactLimits = { maxBytes: MAX_BYTES, maxAccountBytes: MAX_ACCOUNT_BYTES, maxFiles: MAX_FILES };

/**
 * Files in a folder that this process alone writes. What a crash left half done is removed when it is opened.
 *
 * @param home the folder, made when it is not there
 */
export async function openFileArtifacts(home: string, limits: Partial<ArtifactLimits> = {}): Promise<ArtifactStore> {
  const room = new Room({ ...LIMITS, ...limits });
  const parts = { contents: await Contents.open(home), records: await Records.open(home), room };
  const index = new ArtifactIndex(room);
  await load(parts, index);
  return new FileArtifactStore(parts, index);
}

interface Parts {
  readonly contents: Contents;
  readonly records: Records;
  readonly room: Room;
}

async function load({ contents, records }: Parts, index: ArtifactIndex): Promise<void> {
  const present = new Set(await contents.list());
  for (const artifact of await records.load()) {
    if (present.has(artifact.sha256)) index.set(artifact);
    else await records.remove(artifact.id);
  }
  for (const sha256 of present) if (!index.isReferred(sha256)) await contents.remove(sha256);
}

/** Contents by their hash, records beside them, and both in memory as to who refers to what. */
class FileArtifactStore implements ArtifactStore {
  readonly #contents: Contents;
  readonly #records: Records;
  readonly #room: Room;
  readonly #index: ArtifactIndex;
  /** Between two of these no content loses its last record, or gets a first one. */
  readonly #inTurn = createOneAtATime();

  constructor({ contents, records, room }: Parts, index: ArtifactIndex) {
    this.#contents = contents;
    this.#records = records;
    this.#room = room;
    this.#index = index;
  }

  async add<A extends Artifact>(content: Content, intake: Intake<A>): Promise<A> {
    const { accountId, maxBytes, declaredBytes = 0, expected, record } = intake;
    const ticket = this.#room.begin(accountId);
    const hold = (bytes: number): void => ticket.hold(bytes);
    try {
      hold(declaredBytes);
      const draft = await this.#contents.receive(content, { maxBytes, expected, hold });
      const { sha256, sizeBytes } = draft;
      const kept = this.#inTurn(() => this.#keep(draft, record({ sha256, sizeBytes })));
      return await kept.finally(() => this.#contents.discard(draft));
    } catch (error) {
      throw asFull(error);
    } finally {
      ticket.end();
    }
  }

  async find(id: string): Promise<Artifact | undefined> {
    return this.#index.get(id);
  }

  async listOutputs(filter: { readonly jobId: string } | { readonly isFinal: false }): Promise<readonly OutputFile[]> {
    if ('jobId' in filter) return this.#index.outputsOf(filter.jobId);
    return [...this.#index.all()].flatMap((file) => (file.kind === 'output' && !file.isFinal ? file : []));
  }

  async update(artifact: Artifact): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#index.get(artifact.id)) return;
      await this.#records.save(artifact, this.#contents.draftPath());
      this.#index.set(artifact);
    }).catch((error: unknown) => {
      throw asFull(error);
    });
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#inTurn(() => this.#remove(ids));
  }

  async removeExpired(now: Date): Promise<number> {
    return await this.#inTurn(async () => {
      const expired = [...this.#index.all()].filter(({ expiresAt }) => expiresAt <= now);
      await this.#remove(expired.map(({ id }) => id));
      return expired.length;
    });
  }

  async open({ id, sha256 }: Artifact, range?: ByteRange): Promise<Content> {
    const content = this.#index.get(id) && (await this.#contents.find(sha256, range));
    if (content) return content;
    await this.#inTurn(() => this.#forgetLost(id));
    throw new DomainError('ARTIFACT_NOT_FOUND', 'The file is not there any more', { name: 'file' });
  }

  async usage(): Promise<ArtifactUsage> {
    return this.#index.usage();
  }

  async #keep<A extends Artifact>(draft: Draft, artifact: A): Promise<A> {
    await this.#contents.keep(draft);
    try {
      await this.#records.save(artifact, this.#contents.draftPath());
    } catch (error) {
      await this.#forget(draft.sha256);
      throw error;
    }
    this.#index.set(artifact);
    return artifact;
  }

  async #remove(ids: readonly string[]): Promise<void> {
    for (const { id, sha256 } of ids.flatMap((one) => this.#index.get(one) ?? [])) {
      await this.#records.remove(id);
      this.#index.delete(id);
      await this.#forget(sha256);
    }
  }

  /** Removes a record whose content somebody has deleted. */
  async #forgetLost(id: string): Promise<void> {
    const artifact = this.#index.get(id);
    if (artifact && !(await this.#contents.has(artifact.sha256))) await this.#remove([id]);
  }

  /** Removes a content that no record refers to. */
  async #forget(sha256: string): Promise<void> {
    if (!this.#index.isReferred(sha256)) await this.#contents.remove(sha256);
  }
}

/** The disk may have less room than files may take. */
function asFull(error: unknown): unknown {
  if (!hasCode(error, 'ENOSPC')) return error;
  return new DomainError('STORAGE_FULL', "The coordinator's disk is full", { limitBytes: 0 }, { cause: error });
}
