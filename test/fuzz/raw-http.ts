/** One HTTP/1.1 exchange over a socket of its own, byte by byte as it is told: also what no HTTP library would send. */
import { connect, type Socket } from 'node:net';
import { parseAnswer, type RawAnswer } from './http-answer.ts';

/** A server that has said nothing for so long hangs. */
const DEADLINE_MS = 10_000;

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

/** An answer, or that the server closed the connection without one. */
export type Exchange = RawAnswer | 'closed';

/** The bytes of a request; nothing is added but the length of its body, where no header says it otherwise. */
export function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const isFramed = names.has('content-length') || names.has('transfer-encoding');
  const length = body && !isFramed ? [`content-length: ${body.byteLength}`] : [];
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${target} HTTP/1.1`, ...lines, ...length, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
}

export async function send(url: string, request: RawRequest): Promise<Exchange> {
  return await exchange(url, (socket) => socket.write(bytesOf(request)), request.method === 'HEAD');
}

/**
 * Opens a socket, lets somebody write into it, and waits for the end of the first answer.
 *
 * @throws {Error} when the server neither answers nor closes the connection in time
 */
export async function exchange(url: string, write: (socket: Socket) => void, isHead = false): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  return await new Promise((resolve, reject) => {
    const heard = new Heard();
    const socket = connect({ host: hostname, port: Number(port) });
    const timer = setTimeout(() => settle(() => reject(new Error(silence(heard.bytes())))), DEADLINE_MS);
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      how();
    };
    const look = (isOver: boolean): void => {
      try {
        const answer = parseAnswer(heard.bytes(), { isHead, isOver });
        if (answer) settle(() => resolve(answer));
        else if (isOver) settle(() => resolve('closed'));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    socket.on('connect', () => write(socket));
    socket.on('data', (piece) => {
      heard.add(piece);
      look(false);
    });
    socket.on('close', () => look(true));
    // What came before a reset may still be an answer.
    socket.on('error', () => undefined);
  });
}

function silence(heard: Buffer): string {
  const begin = JSON.stringify(heard.toString('latin1', 0, 300));
  return `The server did not finish its answer within ${DEADLINE_MS} ms; heard so far: ${begin}`;
}

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

  bytes(): Buffer {
    return this.room.subarray(0, this.length);
  }
}
