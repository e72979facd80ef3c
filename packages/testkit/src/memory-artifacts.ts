import { createHash } from 'node:crypto';
import {
  type Artifact,
  type ArtifactStore,
  type Content,
  type ContentFacts,
  DomainError,
  tooLarge,
} from '@plexus/core';

/** An artifact store that forgets everything with the process. */
export function createMemoryArtifacts({ maxBytes = Infinity }: { readonly maxBytes?: number } = {}): ArtifactStore {
  const artifacts = new Map<string, Artifact>();
  const contents = new Map<string, Buffer>();
  const all = () => [...artifacts.values()];

  function remove(ids: readonly string[]): void {
    for (const id of ids) artifacts.delete(id);
    const wanted = new Set(all().map(({ sha256 }) => sha256));
    for (const sha256 of contents.keys()) if (!wanted.has(sha256)) contents.delete(sha256);
  }

  function bytes(): number {
    return [...contents.values()].reduce((sum, { length }) => sum + length, 0);
  }

  return {
    async add(content, { maxBytes: longest, expected, record }) {
      const whole = await collect(content, longest);
      if (bytes() + whole.length > maxBytes) throw new DomainError('STORAGE_FULL', 'No room', { limitBytes: maxBytes });
      const artifact = record(factsOf(whole, expected));
      contents.set(artifact.sha256, whole);
      artifacts.set(artifact.id, artifact);
      return artifact;
    },

    find: async (id) => artifacts.get(id),

    async listOutputs(filter) {
      const outputs = all().flatMap((artifact) => (artifact.kind === 'output' ? artifact : []));
      return outputs.filter((file) => ('jobId' in filter ? file.jobId === filter.jobId : !file.isFinal));
    },

    async update(artifact) {
      if (artifacts.has(artifact.id)) artifacts.set(artifact.id, artifact);
    },

    remove: async (ids) => remove(ids),

    async removeExpired(now) {
      const expired = all().filter(({ expiresAt }) => expiresAt <= now);
      remove(expired.map(({ id }) => id));
      return expired.length;
    },

    async open({ id, sha256 }, { first, last } = { first: 0, last: Infinity }) {
      const content = artifacts.has(id) ? contents.get(sha256) : undefined;
      if (!content) throw new DomainError('ARTIFACT_NOT_FOUND', 'It is gone', { name: 'file' });
      return (async function* () {
        yield content.subarray(first, last + 1);
      })();
    },

    async usage() {
      const outputs = all().filter(({ kind }) => kind === 'output').length;
      return { bundles: artifacts.size - outputs, outputs, bytes: bytes() };
    },
  };
}

async function collect(content: Content, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function factsOf(content: Buffer, expected: ContentFacts | undefined): ContentFacts {
  const facts = { sha256: createHash('sha256').update(content).digest('hex'), sizeBytes: content.length };
  const isExpected = !expected || (expected.sha256 === facts.sha256 && expected.sizeBytes === facts.sizeBytes);
  if (!isExpected) throw new DomainError('INVALID_INPUT', 'The file is another', { field: 'body' });
  return facts;
}
