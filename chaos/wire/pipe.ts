import type { Socket } from 'node:net';
import type { Conditions } from './conditions.ts';

/** What may be on its way in one direction; beyond it the sender is held back, as by a full socket buffer. */
const MAX_UNDERWAY_BYTES = 8 * 1024 * 1024;

export interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  conditions(): Conditions;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onRead?: (chunk: Buffer) => void;
  readonly onWritten?: (chunk: Buffer) => void;
}

/** What comes out at the other end: bytes, or the end of the connection in one of its two forms. */
type Parcel = { readonly dueAt: number } & ({ readonly chunk: Buffer } | { readonly end: 'finished' | 'broken' });

/** One direction of a connection, as fast and as whole as the conditions of the moment allow. */
export class Pipe {
  private readonly options: PipeOptions;
  private readonly parcels: Parcel[] = [];
  private lastDueAt = 0;
  private underwayBytes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: PipeOptions) {
    this.options = options;
    const { from, to } = options;
    from.on('data', (chunk) => this.take(chunk));
    from.on('end', () => this.add({ end: 'finished' }));
    // A connection that was finished in this direction may live on in the other.
    from.on('close', (hasFailed) => (hasFailed || !from.readableEnded) && this.add({ end: 'broken' }));
    to.on('drain', () => this.letOn());
  }

  /** Delivers what is due; called again whenever the conditions change. */
  deliver(): void {
    clearTimeout(this.timer);
    for (;;) {
      const [parcel] = this.parcels;
      if (!parcel || this.options.conditions().isStill) return;
      const leftMs = parcel.dueAt - performance.now();
      if (leftMs > 0) {
        this.timer = setTimeout(() => this.deliver(), leftMs);
        return;
      }
      this.parcels.shift();
      this.hand(parcel);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.parcels.length = 0;
  }

  private take(chunk: Buffer): void {
    this.options.onRead?.(chunk);
    this.underwayBytes += chunk.length;
    if (this.underwayBytes > MAX_UNDERWAY_BYTES) this.options.from.pause();
    this.add({ chunk });
  }

  private add(content: { readonly chunk: Buffer } | { readonly end: 'finished' | 'broken' }): void {
    const { delayMs, jitterMs, bytesPerSecond } = this.options.conditions();
    const sendingMs = 'chunk' in content ? (content.chunk.length * 1000) / bytesPerSecond : 0;
    const arrivesAt = performance.now() + delayMs + jitterMs * this.options.random();
    this.lastDueAt = Math.max(this.lastDueAt, arrivesAt) + sendingMs;
    this.parcels.push({ dueAt: this.lastDueAt, ...content });
    this.deliver();
  }

  private hand(parcel: Parcel): void {
    const { to, onWritten } = this.options;
    if (to.destroyed) return;
    if ('end' in parcel) {
      if (parcel.end === 'finished') to.end();
      else to.destroy();
      return;
    }
    const { chunk } = parcel;
    this.underwayBytes -= chunk.length;
    onWritten?.(chunk);
    if (to.write(chunk)) this.letOn();
  }

  private letOn(): void {
    if (this.underwayBytes <= MAX_UNDERWAY_BYTES) this.options.from.resume();
  }
}
