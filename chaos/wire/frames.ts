const HEAD_END = '\r\n\r\n';
const TEXT = 1;
const CONTINUATION = 0;

/** Reads the text messages out of one direction of a WebSocket connection. Source: RFC 6455, section 5.2. */
export class TextMessages {
  private readonly onText: (text: string) => void;
  private buffer: Buffer = Buffer.alloc(0);
  private isUpgraded = false;
  private parts: Buffer[] = [];

  constructor(onText: (text: string) => void) {
    this.onText = onText;
  }

  push(chunk: Buffer): void {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    if (!this.isUpgraded) this.skipHead();
    while (this.isUpgraded && this.takeFrame());
  }

  private skipHead(): void {
    const end = this.buffer.indexOf(HEAD_END);
    if (end < 0) return;
    this.isUpgraded = true;
    this.buffer = this.buffer.subarray(end + HEAD_END.length);
  }

  /** @returns false when a frame is not yet whole */
  private takeFrame(): boolean {
    const frame = frameOf(this.buffer);
    if (!frame) return false;
    const { payload, opcode, isLast, length } = frame;
    this.buffer = this.buffer.subarray(length);
    if (opcode !== TEXT && opcode !== CONTINUATION) return true;
    this.parts.push(payload);
    if (!isLast) return true;
    const text = Buffer.concat(this.parts).toString();
    this.parts = [];
    this.onText(text);
    return true;
  }
}

interface Frame {
  readonly payload: Buffer;
  readonly opcode: number;
  readonly isLast: boolean;
  /** Bytes of all of it. */
  readonly length: number;
}

function frameOf(buffer: Buffer): Frame | undefined {
  if (buffer.length < 2) return undefined;
  const [first = 0, second = 0] = buffer;
  const sizeBytes = { 126: 2, 127: 8 }[second & 0x7f] ?? 0;
  const maskBytes = second & 0x80 ? 4 : 0;
  const begin = 2 + sizeBytes + maskBytes;
  if (buffer.length < begin) return undefined;
  const size = sizeBytes === 0 ? second & 0x7f : sizeAt(buffer, sizeBytes);
  if (buffer.length < begin + size) return undefined;
  const payload = Buffer.from(buffer.subarray(begin, begin + size));
  if (maskBytes > 0) unmask(payload, buffer.subarray(begin - maskBytes, begin));
  return { payload, opcode: first & 0x0f, isLast: (first & 0x80) !== 0, length: begin + size };
}

function sizeAt(buffer: Buffer, bytes: number): number {
  return bytes === 2 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
}

function unmask(payload: Buffer, mask: Buffer): void {
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
}
