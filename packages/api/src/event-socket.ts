import type { ServerResponse } from 'node:http';

/** Proxies and clients take a connection for dead that is silent for longer. Source: EXPECTATIONS, "SSE". */
const KEEP_ALIVE_MS = 15_000;
/** How long a client may take nothing of what was made already: as long as one may not read what is being made. */
const TAKE_MS = 30_000;
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
  readonly #takeMs: number;
  #waiting = '';
  #drained: Promise<void> | undefined;
  #isHurried = false;
  #hasEnded = false;
  #late: NodeJS.Timeout | undefined;

  constructor(raw: ServerResponse, { keepAliveMs = KEEP_ALIVE_MS, takeMs = TAKE_MS } = {}) {
    this.#raw = raw;
    this.#takeMs = takeMs;
    this.#isChunked = raw.chunkedEncoding;
    raw.chunkedEncoding = false;
    this.#silence = setInterval(() => this.send(': keep-alive\n\n'), keepAliveMs);
    raw.once('close', () => {
      clearInterval(this.#silence);
      clearTimeout(this.#late);
    });
  }

  send(text: string): Promise<void> | undefined {
    if (this.#raw.destroyed || this.#hasEnded) return undefined;
    // The tick comes after all pieces that can be read without waiting.
    if (this.#waiting === '') process.nextTick(this.#flush);
    this.#waiting += text;
    if (this.#waiting.length >= MAX_WRITE) this.#write();
    return this.#drained;
  }

  hurry(): void {
    this.#isHurried = true;
    if (this.#drained) this.#giveTime();
  }

  /** What is sent after it goes nowhere. */
  end(): void {
    this.#hasEnded = true;
    clearInterval(this.#silence);
    // The last events and the end go in one write.
    this.#raw.cork();
    this.#write();
    if (this.#isChunked) this.#raw.end('0\r\n\r\n');
    else this.#raw.end();
    this.#raw.uncork();
    this.#giveTime();
  }

  /** The response is destroyed when its client does not take what is written by then. */
  #giveTime(): void {
    clearTimeout(this.#late);
    if (!this.#raw.destroyed) this.#late = setTimeout(() => this.#raw.destroy(), this.#takeMs);
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
    if (this.#isHurried) this.#giveTime();
    await new Promise<void>((resolve) => {
      const settle = () => {
        raw.off('drain', settle).off('close', settle);
        resolve();
      };
      raw.once('drain', settle).once('close', settle);
    });
    clearTimeout(this.#late);
    this.#drained = undefined;
  }
}
