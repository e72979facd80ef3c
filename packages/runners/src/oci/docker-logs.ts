const HEADER_BYTES = 8;

/** The text of a log in which Docker marks the stream and length of every piece. Source: Docker Engine API, "Stream format". */
export function logText(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at < log.length;) {
    if (!isFramed(log, at)) return log.toString('utf8');
    const length = log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    at += HEADER_BYTES + length;
  }
  return Buffer.concat(pieces).toString('utf8');
}

function isFramed(log: Buffer, at: number): boolean {
  return at + HEADER_BYTES <= log.length && log.readUInt8(at) <= 2 && log.readUIntBE(at + 1, 3) === 0;
}
