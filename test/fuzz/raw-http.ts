/** One HTTP/1.1 exchange over a socket of its own, byte by byte as it is told: also what no HTTP library would send. */
import type { Socket } from 'node:net';
import { type Exchange, RawConnection } from './raw-connection.ts';

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

/** The bytes of a request; nothing is added but the length of its body, where no header says it otherwise. */
export function bytesOf(request: RawRequest): Buffer {
  return Buffer.concat([headOf(request), request.body ?? Buffer.alloc(0)]);
}

/** How long a request's line and headers are. */
export function headBytesOf(request: RawRequest): number {
  return headOf(request).byteLength;
}

function headOf({ method, target, headers, body }: RawRequest): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const isFramed = names.has('content-length') || names.has('transfer-encoding');
  const length = body && !isFramed ? [`content-length: ${body.byteLength}`] : [];
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`${method} ${target} HTTP/1.1`, ...lines, ...length, '', ''].join('\r\n'), 'latin1');
}

export async function send(url: string, request: RawRequest): Promise<Exchange> {
  return await exchange(url, (socket) => socket.write(bytesOf(request)), request.method === 'HEAD');
}

/**
 * Opens a connection, lets somebody write into it, and waits for the end of the first answer.
 *
 * @throws {Error} when the server neither answers nor closes the connection in time
 */
export async function exchange(url: string, write: (socket: Socket) => void, isHead = false): Promise<Exchange> {
  using connection = await RawConnection.open(url);
  write(connection.socket);
  return await connection.next(isHead);
}
