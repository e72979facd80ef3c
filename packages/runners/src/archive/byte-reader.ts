import { UnpackError } from './unpack-error.ts';

/** Takes a stream apart by counted bytes, never holding more than a piece of it, and ends where it goes on for too long. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest = Buffer.alloc(0);
  #isOver = false;
  #leftBytes: number;

  /** @param maxBytes that the stream may have in all */
  constructor(source: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#leftBytes = maxBytes;
  }

  /** Exactly so many bytes; undefined at the end. @throws {UnpackError} when the stream ends among them */
  async read(count: number): Promise<Buffer | undefined> {
    while (this.#rest.length < count && (await this.#pull()));
    if (this.#rest.length === 0 && count > 0) return undefined;
    if (this.#rest.length < count) throw cutOff();
    return this.#take(count);
  }

  /**
   * Hands on so many bytes.
   *
   * @yields pieces as they come
   */
  async *stream(count: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#pull())) throw cutOff();
      const piece = this.#take(Math.min(left, this.#rest.length));
      left -= piece.length;
      yield piece;
    }
  }

  async skip(count: number): Promise<void> {
    for await (const piece of this.stream(count)) void piece;
  }

  /** Reads on to the end, so that whoever writes can come to its own. */
  async drain(): Promise<void> {
    do this.#rest = Buffer.alloc(0);
    while (await this.#pull());
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #take(count: number): Buffer {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  async #pull(): Promise<boolean> {
    if (this.#isOver) return false;
    const { done, value } = await this.#source.next();
    this.#isOver = done === true;
    if (done) return false;
    this.#leftBytes -= value.length;
    if (this.#leftBytes < 0) throw new UnpackError('The archive is longer than all that it may hold');
    this.#rest = this.#rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.#rest, value]);
    return true;
  }
}

function cutOff(): UnpackError {
  return new UnpackError('The archive is cut off');
}
