import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteRange, type Content, type ContentFacts, DomainError, tooLarge } from '@plexus/core';
import { hasCode } from '@plexus/protocol';
import { moveDurably } from '../durable-file.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** A content that has arrived and is on disk, but under no name yet. */
export interface Draft extends ContentFacts {
  readonly path: string;
}

interface Reception {
  readonly maxBytes: number;
  readonly expected: ContentFacts | undefined;
  /** Sees to it that so many bytes have room before they are written; throws when they have none. */
  readonly hold: (bytes: number) => void;
}

/** Files by their SHA-256, in one folder; nothing from outside becomes part of a path. */
export class Contents {
  readonly #folder: string;
  readonly #incoming: string;

  private constructor(home: string) {
    this.#folder = join(home, 'content');
    this.#incoming = join(home, 'incoming');
  }

  /** Makes the folders, and removes what had not arrived whole. */
  static async open(home: string): Promise<Contents> {
    const contents = new Contents(home);
    await rm(contents.#incoming, { recursive: true, force: true });
    for (const folder of [contents.#folder, contents.#incoming]) await mkdir(folder, { recursive: true, mode: 0o700 });
    return contents;
  }

  /** A path for something that is to be moved to its place. */
  draftPath(): string {
    return join(this.#incoming, randomUUID());
  }

  async list(): Promise<readonly string[]> {
    return (await readdir(this.#folder)).filter((name) => SHA256.test(name));
  }

  /** @throws {DomainError} ARTIFACT_TOO_LARGE, STORAGE_FULL, INVALID_INPUT; nothing is left of it then */
  async receive(content: Content, reception: Reception): Promise<Draft> {
    const path = this.draftPath();
    try {
      const facts = await write(content, path, reception);
      requireExpected(facts, reception.expected);
      return { ...facts, path };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async keep({ path, sha256 }: Draft): Promise<void> {
    await moveDurably(path, this.#pathOf(sha256));
  }

  async discard({ path }: Draft): Promise<void> {
    await rm(path, { force: true });
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.#pathOf(sha256), { force: true });
  }

  async has(sha256: string): Promise<boolean> {
    return (await unlessGone(access(this.#pathOf(sha256)).then(() => true))) ?? false;
  }

  async find(sha256: string, range: ByteRange | undefined): Promise<Content | undefined> {
    const file = await unlessGone(open(this.#pathOf(sha256), 'r'));
    return file?.createReadStream(range && { start: range.first, end: range.last });
  }

  #pathOf(sha256: string): string {
    if (!SHA256.test(sha256)) throw new Error('A content is named by its SHA-256');
    return join(this.#folder, sha256);
  }
}

async function unlessGone<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function write(content: Content, path: string, { maxBytes, hold }: Reception): Promise<ContentFacts> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      hold(sizeBytes);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

function requireExpected({ sha256, sizeBytes }: ContentFacts, expected: ContentFacts | undefined): void {
  if (!expected || (expected.sha256 === sha256 && expected.sizeBytes === sizeBytes)) return;
  const message = `The file has ${sizeBytes} bytes with SHA-256 ${sha256}, and was said to be another`;
  throw new DomainError('INVALID_INPUT', message, { field: 'body' });
}
