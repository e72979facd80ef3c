/** FIN and opcode 1. Source: RFC 6455, section 5.2. */
const TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * A text as one WebSocket frame of a server, which is not masked: the same bytes for all who read it, made once.
 */
export function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const headBytes = bytes < LENGTH_16 ? 2 : bytes < 0x1_0000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + bytes);
  frame[0] = TEXT;
  switch (headBytes) {
    case 2:
      frame[1] = bytes;
      break;
    case 4:
      frame[1] = LENGTH_16;
      frame.writeUInt16BE(bytes, 2);
      break;
    case 10:
      frame[1] = LENGTH_64;
      frame.writeBigUInt64BE(BigInt(bytes), 2);
      break;
  }
  frame.write(text, headBytes);
  return frame;
}
