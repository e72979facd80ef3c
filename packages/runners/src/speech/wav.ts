const SAMPLE_RATE = 16_000;
const SAMPLE_BYTES = 2;
const HEADER_BYTES = 44;

/** A sound of silence: one channel of 16-bit samples. Source: RIFF WAVE, "fmt " of PCM. */
export function silence(seconds: number): Uint8Array {
  const dataBytes = Math.round(seconds * SAMPLE_RATE) * SAMPLE_BYTES;
  const wav = Buffer.alloc(HEADER_BYTES + dataBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(SAMPLE_RATE, 24);
  wav.writeUInt32LE(SAMPLE_RATE * SAMPLE_BYTES, 28);
  wav.writeUInt16LE(SAMPLE_BYTES, 32);
  wav.writeUInt16LE(SAMPLE_BYTES * 8, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(dataBytes, 40);
  return wav;
}

/** Seconds of a sound that was written so. */
export function secondsOf(fileBytes: number): number {
  return Math.max(0, fileBytes - HEADER_BYTES) / (SAMPLE_RATE * SAMPLE_BYTES);
}
