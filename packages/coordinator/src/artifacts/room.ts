import { DomainError } from '@plexus/core';

/** How much may be kept. */
export interface ArtifactLimits {
  readonly maxBytes: number;
  readonly maxAccountBytes: number;
  readonly maxFiles: number;
}

/** Room that was taken before it was known whether it would be needed. */
export interface Ticket {
  /**
   * Sees to it that so many bytes have room.
   *
   * @throws {DomainError} STORAGE_FULL
   */
  hold(bytes: number): void;
  /** Gives the room back: the file is counted as kept by now, or is not there. */
  end(): void;
}

/** Counts bytes on disk and bytes of accounts, those that are arriving among them. */
export class Room {
  readonly #limits: ArtifactLimits;
  readonly #byAccount = new Map<string, number>();
  #bytes = 0;
  #files = 0;

  constructor(limits: ArtifactLimits) {
    this.#limits = limits;
  }

  /** Bytes of contents on disk, those that are arriving among them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws {DomainError} STORAGE_FULL when there are as many files as there may be */
  begin(accountId: string): Ticket {
    const { maxFiles, maxBytes, maxAccountBytes } = this.#limits;
    if (this.#files >= maxFiles) throw full('No more files can be kept', maxBytes);
    let held = 0;
    this.#files += 1;
    return {
      hold: (wanted) => {
        const bytes = Math.max(0, wanted - held);
        if (this.#bytes + bytes > maxBytes) throw full('The coordinator has no room for more files', maxBytes);
        if ((this.#byAccount.get(accountId) ?? 0) + bytes > maxAccountBytes) {
          throw full(`The files of this account would take more than ${maxAccountBytes} bytes`, maxAccountBytes);
        }
        held += bytes;
        this.#bytes += bytes;
        this.countAccount(accountId, bytes);
      },
      end: () => {
        this.#files -= 1;
        this.#bytes -= held;
        this.countAccount(accountId, -held);
      },
    };
  }

  countFile(change: 1 | -1): void {
    this.#files += change;
  }

  countContent(bytes: number): void {
    this.#bytes += bytes;
  }

  countAccount(accountId: string, bytes: number): void {
    const total = (this.#byAccount.get(accountId) ?? 0) + bytes;
    if (total > 0) this.#byAccount.set(accountId, total);
    else this.#byAccount.delete(accountId);
  }
}

function full(message: string, limitBytes: number): DomainError {
  return new DomainError('STORAGE_FULL', message, { limitBytes });
}
