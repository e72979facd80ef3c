/** One connection to a server: what is written into it goes over it as it is, and its answers are read one by one. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parseAnswer, type RawAnswer } from './http-answer.ts';

/** A server that has said nothing for so long hangs. */
const DEADLINE_MS = 10_000;

/** An answer, or that the server closed the connection without one. */
export type Exchange = RawAnswer | 'closed';

export class RawConnection implements Disposable {
  readonly socket: Socket;
  private readonly heard = new Heard();
  /** Whether the server sends nothing more. */
  private isOver = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (piece) => this.heard.add(piece));
    for (const end of ['end', 'close']) socket.on(end, () => (this.isOver = true));
    // What came before a reset may still be an answer.
    socket.on('error', () => undefined);
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /**
   * The next answer, when it is whole.
   *
   * @param isHead whether it is to HEAD
   * @throws {Error} when the server neither finishes it nor closes the connection in time
   */
  async next(isHead = false): Promise<Exchange> {
    return await this.within('finish its answer', () => {
      const { isOver } = this;
      const read = parseAnswer(this.heard.bytes(), { isHead, isOver });
      if (!read) return isOver ? 'closed' : undefined;
      this.heard.drop(read.length);
      return read.answer;
    });
  }

  /** @throws {Error} when the server does not close the connection in time */
  async closed(): Promise<void> {
    await this.within('close the connection', () => (this.isOver ? true : undefined));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  /** Looks whenever something comes. */
  private async within<T>(what: string, look: () => T | undefined): Promise<T> {
    const { socket, heard } = this;
    return await new Promise((resolve, reject) => {
      const silence = () => new Error(`The server did not ${what} within ${DEADLINE_MS} ms; heard: ${heard.begin()}`);
      const timer = setTimeout(() => settle(() => reject(silence())), DEADLINE_MS);
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        for (const event of EVENTS) socket.off(event, onNews);
        how();
      };
      const onNews = (): void => {
        try {
          const found = look();
          if (found !== undefined) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      for (const event of EVENTS) socket.on(event, onNews);
      onNews();
    });
  }
}

const EVENTS = ['data', 'end', 'close'];

/** What has come so far. Room is made for twice as much at a time, as an answer may come in many pieces. */
class Heard {
  private room = Buffer.alloc(0);
  private length = 0;

  add(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.room.length) this.room = Buffer.concat([this.bytes()], 2 * length);
    piece.copy(this.room, this.length);
    this.length = length;
  }

  drop(count: number): void {
    this.room = this.room.subarray(count);
    this.length -= count;
  }

  bytes(): Buffer {
    return this.room.subarray(0, this.length);
  }

  /** For people. */
  begin(): string {
    return JSON.stringify(this.bytes().toString('latin1', 0, 300));
  }
}
