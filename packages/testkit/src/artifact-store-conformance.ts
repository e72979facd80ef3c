import { createHash } from 'node:crypto';
import { type Artifact, type ArtifactStore, type Bundle, type Content, isRefusal, type OutputFile } from '@plexus/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Bytes that the store under test may hold in all. */
export const STORE_BYTES = 10_000;

/** A store under test, and how to close and open it again where it outlives that. */
export interface OpenedArtifacts {
  readonly store: ArtifactStore;
  reopen?(): Promise<ArtifactStore>;
  dispose(): Promise<void>;
}

const NOON = new Date('2026-01-01T12:00:00Z');
const LATER = new Date('2026-01-08T12:00:00Z');

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * A content that arrives in pieces of a few bytes.
 *
 * @yields one piece after another
 */
export async function* inPieces(text: string, pieceBytes = 7): Content {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length; at += pieceBytes) yield whole.subarray(at, at + pieceBytes);
}

export async function textOf(content: Content): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function* brokenOff(): Content {
  yield Buffer.from('the beginning');
  throw new Error('The client went away');
}

function bundleOf(accountId: string, expiresAt = LATER): (facts: { sha256: string; sizeBytes: number }) => Bundle {
  return (facts) => ({
    ...facts,
    kind: 'bundle',
    id: `${accountId}/${facts.sha256}`,
    accountId,
    createdAt: NOON,
    expiresAt,
  });
}

function outputOf(id: string, jobId: string, epoch = 1): (facts: { sha256: string; sizeBytes: number }) => OutputFile {
  const fields = { kind: 'output', id, accountId: 'a', name: 'x.txt', jobId, epoch, isFinal: false } as const;
  return (facts) => ({ ...facts, ...fields, createdAt: NOON, expiresAt: LATER });
}

/** What every artifact store must do. */
export function artifactStoreConformance(name: string, open: () => Promise<OpenedArtifacts>): void {
  describe(`artifacts: ${name}`, () => {
    let opened: OpenedArtifacts;
    const store = () => opened.store;
    const add = <A extends Artifact>(text: string, record: (facts: { sha256: string; sizeBytes: number }) => A) =>
      store().add(inPieces(text), { accountId: 'a', maxBytes: 1000, declaredBytes: text.length, record });
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    itKeeps(store, add);
    itRefuses(store, add);
    itForgets(store, add);
    it('goes on where it was when it is opened again', async () => {
      const bundle = await add('hello', bundleOf('a'));
      const output = await add('result', outputOf('o1', 'job-1'));
      const before = await store().usage();
      const again = (await opened.reopen?.()) ?? store();
      expect([await again.find(bundle.id), await again.find('o1')]).toEqual([bundle, output]);
      expect(await textOf(await again.open(bundle))).toBe('hello');
      expect(await again.usage()).toEqual(before);
    });
  });
}

type Add = <A extends Artifact>(
  text: string,
  record: (facts: { sha256: string; sizeBytes: number }) => A,
) => Promise<A>;

function itKeeps(store: () => ArtifactStore, add: Add): void {
  it('keeps a content under its hash, and gives it back whole or in part', async () => {
    const bundle = await add('hello world', bundleOf('a'));
    expect(bundle).toMatchObject({ sha256: sha256Of('hello world'), sizeBytes: 11 });
    expect(await store().find(bundle.id)).toEqual(bundle);
    expect(await textOf(await store().open(bundle))).toBe('hello world');
    expect(await textOf(await store().open(bundle, { first: 6, last: 8 }))).toBe('wor');
  });

  it('keeps an empty content', async () => {
    const bundle = await add('', bundleOf('a'));
    expect(bundle.sizeBytes).toBe(0);
    expect(await textOf(await store().open(bundle))).toBe('');
  });

  it('keeps one content for all who have it', async () => {
    await add('shared', bundleOf('a'));
    const other = await add('shared', bundleOf('b'));
    expect(await store().usage()).toEqual({ bundles: 2, outputs: 0, bytes: 6 });
    await store().remove([`a/${sha256Of('shared')}`]);
    expect(await textOf(await store().open(other))).toBe('shared');
  });

  it('takes the same content twice at once as one', async () => {
    await Promise.all([add('twice', bundleOf('a')), add('twice', bundleOf('a'))]);
    expect(await store().usage()).toEqual({ bundles: 1, outputs: 0, bytes: 5 });
  });

  it('lists the outputs of a job, and those of jobs without an end', async () => {
    await add('bundle', bundleOf('a'));
    const first = await add('one', outputOf('o1', 'job-1'));
    const second = await add('two', outputOf('o2', 'job-2'));
    expect(await store().listOutputs({ jobId: 'job-1' })).toEqual([first]);
    const final = { ...second, isFinal: true };
    await store().update(final);
    expect(await store().listOutputs({ isFinal: false })).toEqual([first]);
    expect(await store().find('o2')).toEqual(final);
  });
}

function itRefuses(store: () => ArtifactStore, add: Add): void {
  const EMPTY = { bundles: 0, outputs: 0, bytes: 0 };

  it('keeps nothing of what is too long, broken off or another than it was said to be', async () => {
    const tooLong = await add('x'.repeat(1001), bundleOf('a')).catch((error: unknown) => error);
    expect(isRefusal(tooLong, 'ARTIFACT_TOO_LARGE')).toBe(true);
    const intake = { accountId: 'a', maxBytes: 1000, record: bundleOf('a') };
    await expect(store().add(brokenOff(), intake)).rejects.toThrow('The client went away');
    for (const expected of [
      { sha256: sha256Of('other'), sizeBytes: 5 },
      { sha256: sha256Of('hello'), sizeBytes: 6 },
    ]) {
      const refused = await store()
        .add(inPieces('hello'), { ...intake, expected })
        .catch((error: unknown) => error);
      expect(isRefusal(refused, 'INVALID_INPUT'), JSON.stringify(expected)).toBe(true);
    }
    expect(await store().usage()).toEqual(EMPTY);
  });

  it('takes no more than it has room for, also of many at once, and has that room again afterwards', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `${i} `.padEnd(900, 'x'));
    const outcomes = await Promise.allSettled(texts.map((text) => add(text, bundleOf('a'))));
    const kept = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(kept.length).toBeGreaterThan(0);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(isRefusal(outcome.reason, 'STORAGE_FULL')).toBe(true);
    }
    const { bytes } = await store().usage();
    expect(bytes).toBe(kept.length * 900);
    expect(bytes).toBeLessThanOrEqual(STORE_BYTES);
    await store().removeExpired(LATER);
    expect(await store().usage()).toEqual(EMPTY);
    for (const text of texts.slice(0, 11)) await add(text, bundleOf('a'));
  });
}

function itForgets(store: () => ArtifactStore, add: Add): void {
  it('removes what has expired and nothing else', async () => {
    const soon = await add('soon', bundleOf('a', new Date(NOON.getTime() + 1)));
    const late = await add('late', bundleOf('a'));
    expect(await store().removeExpired(NOON)).toBe(0);
    expect(await store().removeExpired(new Date(NOON.getTime() + 1))).toBe(1);
    expect([await store().find(soon.id), await store().find(late.id)]).toEqual([undefined, late]);
    const gone = await store()
      .open(soon)
      .catch((error: unknown) => error);
    expect(isRefusal(gone, 'ARTIFACT_NOT_FOUND')).toBe(true);
  });

  it('does not bring back what was removed by writing it anew', async () => {
    const bundle = await add('gone', bundleOf('a'));
    await store().remove([bundle.id]);
    await store().update({ ...bundle, expiresAt: new Date(LATER.getTime() + 1) });
    expect(await store().find(bundle.id)).toBeUndefined();
  });

  it('removes the same record twice without harm', async () => {
    const bundle = await add('gone', bundleOf('a'));
    await store().remove([bundle.id, bundle.id]);
    await store().remove([bundle.id]);
    expect(await store().usage()).toEqual({ bundles: 0, outputs: 0, bytes: 0 });
  });

  it('goes on reading what is removed meanwhile', async () => {
    const bundle = await add('still read', bundleOf('a'));
    const content = await store().open(bundle);
    await store().remove([bundle.id]);
    expect(await textOf(content)).toBe('still read');
  });
}
