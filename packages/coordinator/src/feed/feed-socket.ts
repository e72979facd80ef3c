import type { Duplex } from 'node:stream';
import type { FeedAnswer } from '@plexus/protocol';
import type { WebSocket } from 'ws';
import { CLOSE } from '../http/close-codes.ts';
import { textFrame } from './text-frame.ts';

/** Bytes that may wait for one reader before its connection is given up. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** How long a reader may take nothing of what is waiting for it; who was too slow, to learn that behind it. */
const TAKE_MS = 30_000;
/** How long a reader has to answer the close. */
const CLOSE_MS = 5000;

/** The writing side of one reader: what waits for it has a bound, and whoever is too slow is told so and let go. */
export class FeedSocket {
  readonly webSocket: WebSocket;
  private readonly stream: Duplex;
  private readonly onRefusal: (code: string) => void;

  /** @param onRefusal told why the connection is ended, by a code of a closed list */
  constructor(webSocket: WebSocket, stream: Duplex, onRefusal: (code: string) => void) {
    this.webSocket = webSocket;
    this.stream = stream;
    this.onRefusal = onRefusal;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** Whole frames, which may be shared with other readers. Nothing else of the socket can come between them. */
  write(frames: Uint8Array): void {
    if (!this.isOpen) return;
    if (this.stream.writableLength > MAX_BUFFERED_BYTES) this.giveUp();
    else this.stream.write(frames);
  }

  say(answer: FeedAnswer): void {
    this.write(textFrame(JSON.stringify(answer)));
  }

  /** Ends once the reader has taken what waits for it, or is given up. */
  async taken(): Promise<void> {
    if (!this.stream.writableNeedDrain || !this.isOpen) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.giveUp(), TAKE_MS);
      const settle = () => {
        clearTimeout(timer);
        this.stream.off('drain', settle).off('close', settle);
        this.webSocket.off('close', settle);
        resolve();
      };
      this.stream.once('drain', settle).once('close', settle);
      this.webSocket.once('close', settle);
    });
  }

  /** Ends the connection with a reason that the reader is told. */
  refuse(code: string, message: string, closeCode: number): void {
    this.onRefusal(code);
    this.say({ type: 'error', error: { code, message, details: {} } });
    this.close(closeCode, code);
  }

  /** @param patienceMs how long the reader has to take what waits for it, and the close behind that */
  close(code: number, reason: string, patienceMs = CLOSE_MS): void {
    this.webSocket.close(code, reason);
    setTimeout(() => this.webSocket.terminate(), patienceMs).unref();
  }

  private giveUp(): void {
    if (!this.isOpen) return;
    this.onRefusal('TOO_SLOW');
    this.close(CLOSE.tryAgain, 'too slow: come back with since=SEQ', TAKE_MS);
  }
}
