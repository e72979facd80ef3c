import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '@plexus/core';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseJson } from '@plexus/protocol';
import { writeDurably } from '../durable-file.ts';

const Kept = {
  id: Type.String(),
  accountId: Type.String(),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  sizeBytes: Type.Integer({ minimum: 0 }),
  createdAt: Type.String(),
  expiresAt: Type.String(),
};

const Row = Type.Union([
  Type.Object({ kind: Type.Literal('bundle'), ...Kept }),
  Type.Object({
    kind: Type.Literal('output'),
    ...Kept,
    name: Type.String(),
    jobId: Type.String(),
    epoch: Type.Integer(),
    isFinal: Type.Boolean(),
  }),
]);

const rows = Compile(Row);

/** Records as JSON files in one folder, each named by the SHA-256 of its id. */
export class Records {
  readonly #folder: string;

  private constructor(home: string) {
    this.#folder = join(home, 'records');
  }

  static async open(home: string): Promise<Records> {
    const records = new Records(home);
    await mkdir(records.#folder, { recursive: true, mode: 0o700 });
    return records;
  }

  /** All that can be read; a file that no longer is a record is removed, and its content with it. */
  async load(): Promise<readonly Artifact[]> {
    const found: Artifact[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const artifact = read(await readFile(path, 'utf8'));
      if (artifact) found.push(artifact);
      else await rm(path, { force: true });
    }
    return found;
  }

  async save(artifact: Artifact, draftPath: string): Promise<void> {
    await writeDurably(JSON.stringify(artifact), draftPath, this.#pathOf(artifact.id));
  }

  async remove(id: string): Promise<void> {
    await rm(this.#pathOf(id), { force: true });
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${createHash('sha256').update(id).digest('hex')}.json`);
  }
}

function read(text: string): Artifact | undefined {
  const row = parseJson(text);
  return rows.Check(row) ? artifactOf(row) : undefined;
}

function artifactOf(row: Static<typeof Row>): Artifact {
  return { ...row, createdAt: new Date(row.createdAt), expiresAt: new Date(row.expiresAt) };
}
