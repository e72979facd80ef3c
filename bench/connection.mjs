import { connect } from 'node:net';

/**
 * Connects a client of the load; all that it reads goes through one buffer.
 *
 * @param {{ host: string, port: number }} address
 * @param {number} bufferBytes
 * @param {(text: string) => boolean} onText whether to go on reading
 */
export function connectTo({ host, port }, bufferBytes, onText) {
  const buffer = Buffer.allocUnsafe(bufferBytes);
  const callback = (/** @type {number} */ count) => onText(buffer.toString('latin1', 0, count));
  return connect({ host, port, noDelay: true, onread: { buffer, callback } });
}
