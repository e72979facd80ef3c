/** An archive that is broken, unsafe or too large to unpack; the message may be shown to whoever sent it. */
export class UnpackError extends Error {
  override readonly name = 'UnpackError';
}
