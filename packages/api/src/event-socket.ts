import type { ServerResponse } from 'node:http';

/** Proxies and clients take a connection for dead that is silent for longer. Source: EXPECTATIONS, "SSE". */
const KEEP_ALIVE_MS = 15_000;
/** Characters of events that are written at once at most. */
const MAX_WRITE = 65_536;

/** Writes events into a response: those that are there at the same moment together, with comments in silence. */
export class EventSocket {
  readonly #raw: ServerResponse;
  readonly #silence: NodeJS.Timeout;
  readonly #flush = () => this.#write();
  #waiting = '';
  #drained: Promise<void> | undefined;

  constructor(raw: ServerResponse, keepAliveMs = KEEP_ALIVE_MS) {
    this.#raw = raw;
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
    this.#write();
    this.#raw.end();
  }

  #write(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '' || this.#raw.destroyed) return;
    this.#silence.refresh();
    if (!this.#raw.write(text)) this.#drained ??= this.#drain();
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
