/** The little of RFC 6455 that a reader needs. */

const TEXT = 0x81;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LENGTH_16 = 126;

/** A short text as a client sends it; its mask changes nothing. @param {string} text */
export function clientFrame(text) {
  const bytes = Buffer.from(text);
  if (bytes.length >= LENGTH_16) throw new RangeError('Only short texts are sent');
  return Buffer.concat([Buffer.of(TEXT, MASKED | bytes.length), Buffer.alloc(MASK_BYTES), bytes]);
}

/**
 * Hands each whole frame of a server on.
 *
 * @param {Buffer} data
 * @param {(opcode: number, data: Buffer, from: number, to: number) => void} onFrame
 * @returns {Buffer} what is left of a frame that has not come whole
 */
export function readFrames(data, onFrame) {
  let at = 0;
  for (;;) {
    if (data.length - at < 2) break;
    const first = data[at] ?? 0;
    let length = data[at + 1] ?? 0;
    let head = 2;
    if (length === LENGTH_16) {
      if (data.length - at < 4) break;
      length = data.readUInt16BE(at + 2);
      head = 4;
    } else if (length > LENGTH_16) throw new Error('A frame is longer than any message of the feed');
    const end = at + head + length;
    if (data.length < end) break;
    onFrame(first & 0x0f, data, at + head, end);
    at = end;
  }
  return data.subarray(at);
}
