import { chmod, type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@plexus/protocol';
import { safeSegments } from './entry-name.ts';
import { UnpackError } from './unpack-error.ts';

/** How much an archive may hold. */
export interface UnpackLimits {
  /** Of all files together. */
  readonly maxBytes: number;
  /** Files and folders. */
  readonly maxEntries: number;
  /** Ends the unpacking with its reason. */
  readonly signal: AbortSignal;
}

export interface UnpackedFile {
  /** Below the folder, with slashes. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/** A file that is being written; bytes beyond the limits are refused before they reach the disk. */
export interface OpenFile {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Writes what an archive holds into one new folder: plain files and folders, each once. Nothing in there is ever a link,
 * so no name can lead out of it.
 */
export class FolderWriter {
  readonly files: UnpackedFile[] = [];
  readonly limits: UnpackLimits;
  readonly #root: string;
  /** Paths of files, folded so that names which are one on other systems are one here. */
  readonly #names = new Set<string>();
  readonly #folders = new Set<string>();
  #entries = 0;
  #bytes = 0;

  /** @param root a folder that is there, empty, and not to be written by anybody else */
  constructor(root: string, limits: UnpackLimits) {
    this.#root = root;
    this.limits = limits;
  }

  /** @throws {UnpackError} */
  async addFolder(name: string): Promise<void> {
    this.#countEntry();
    const segments = safeSegments(name);
    await this.#makeFolders(segments);
  }

  /**
   * @param entry what the archive says of the file; one that is said to be too long is not begun
   * @throws {UnpackError}
   */
  async addFile(
    name: string,
    entry: { readonly isExecutable: boolean; readonly sizeBytes: number },
  ): Promise<OpenFile> {
    this.#countEntry();
    this.#requireRoom(entry.sizeBytes);
    const segments = safeSegments(name);
    const whole = segments.join('/');
    if (segments.length === 0) throw new UnpackError('The archive has a file without a name');
    const folded = whole.normalize('NFC').toLowerCase();
    if (this.#names.has(folded)) throw new UnpackError(`The archive has "${whole}" twice`);
    this.#names.add(folded);
    const path = join(this.#root, whole);
    await this.#makeFolders(segments.slice(0, -1));
    const file = await open(path, 'wx').catch((error: unknown) => refuseTwice(whole, error));
    // Whatever the process's own mask: it may be another user who shall read it.
    await file.chmod(entry.isExecutable ? 0o755 : 0o644);
    return this.#openFile(file, { name: whole, path });
  }

  #openFile(file: FileHandle, named: Pick<UnpackedFile, 'name' | 'path'>): OpenFile {
    let sizeBytes = 0;
    return {
      write: async (chunk) => {
        this.limits.signal.throwIfAborted();
        this.#countBytes(chunk.length);
        sizeBytes += chunk.length;
        await file.writeFile(chunk);
      },
      close: async () => {
        await file.close();
        this.files.push({ ...named, sizeBytes });
      },
    };
  }

  async #makeFolders(segments: readonly string[]): Promise<void> {
    for (let depth = 1; depth <= segments.length; depth++) {
      const name = segments.slice(0, depth).join('/');
      if (this.#folders.has(name)) continue;
      const path = join(this.#root, name);
      await mkdir(path).catch((error: unknown) => refuseTwice(name, error));
      await chmod(path, 0o755);
      this.#folders.add(name);
    }
  }

  #countEntry(): void {
    this.limits.signal.throwIfAborted();
    this.#entries += 1;
    if (this.#entries > this.limits.maxEntries) {
      throw new UnpackError(`The archive has more than ${this.limits.maxEntries} entries`);
    }
  }

  #countBytes(count: number): void {
    this.#requireRoom(count);
    this.#bytes += count;
  }

  #requireRoom(count: number): void {
    const { maxBytes } = this.limits;
    if (this.#bytes + count > maxBytes) throw new UnpackError(`The archive holds more than ${maxBytes} bytes`);
  }
}

/** A name that is taken: by a folder for a file, or by a file for a folder. */
function refuseTwice(name: string, error: unknown): never {
  if (!hasCode(error, 'EEXIST')) throw error;
  throw new UnpackError(`The archive has "${name}" both as a file and as a folder`);
}
