import type { ServerResponse } from 'node:http';

/** Proxies and clients take a connection for dead that is silent for longer. Source: EXPECTATIONS, "SSE". */
const KEEP_ALIVE_MS = 15_000;
/** Characters of events that are written at once at most. */
const MAX_WRITE = 65_536;

/**
 * Writes events into a response whose head was written: those that are there at the same moment together, with
 * comments in silence. Chunks of RFC 9112, section 7.1, are made here, because Node hands each one to the socket in
 * four pieces, which costs a token twice the time.
 */
export class EventSocket {
  readonly #raw: ServerResponse;
  readonly #silence: NodeJS.Timeout;
  readonly #isChunked: boolean;
  readonly #flush = () => this.#write();
  #waiting = '';
  #drained: Promise<void> | undefined;

  constructor(raw: ServerResponse, keepAliveMs = KEEP_ALIVE_MS) {
    this.#raw = raw;
    this.#isChunked = raw.chunkedEncoding;
    raw.chunkedEncoding = false;
    this.#silence = setInterval(() => this.send(': keep-alive\n\n'), keepAliveMs);
    raw.once('close', () => clearInterval(this.#silence));
  }

  send(text: string): Promise<void> | undefined {
    if (this.#raw.destroyed) return undefined;
    // The tick comes after all pieces that can be read without waiting.
    if (this.#waiting === '') process.nextTick(this.#flush);
    this.#waiting += text;
    if (this.#waiting.length >= MAX_WRITE) this.#write();
    return this.#drained;
  }

  end(): void {
    clearInterval(this.#silence);
    // The last events and the end go in one write.
    this.#raw.cork();
    this.#write();
    if (this.#isChunked) this.#raw.end('0\r\n\r\n');
    else this.#raw.end();
    this.#raw.uncork();
  }

  #write(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '' || this.#raw.destroyed) return;
    this.#silence.refresh();
    const chunk = this.#isChunked ? `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n` : text;
    // Corked by us, the response need not cork itself and come back for it in the next tick.
    this.#raw.cork();
    if (!this.#raw.write(chunk)) this.#drained ??= this.#drain();
    this.#raw.uncork();
  }

  async #drain(): Promise<void> {
    const raw = this.#raw;
    await new Promise<void>((resolve) => {
      const settle = () => {
        raw.off('drain', settle).off('close', settle);
        resolve();
      };
      raw.once('drain', settle).once('close', settle);
    });
    this.#drained = undefined;
  }
}
