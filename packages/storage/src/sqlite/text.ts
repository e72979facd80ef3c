/** Begins a text that is kept as JSON. */
const ESCAPED = '\u0001';
/** Begins a blob that is kept as UTF-16LE; no UTF-8 begins with it. */
const UTF_16 = 0xff;

/** Stands in the place of a text that was removed: no UTF-8, and not how UTF-16 is kept here. */
export const REMOVED_TEXT: Uint8Array = Uint8Array.of(0xfe);

export function isRemoved(bytes: Uint8Array): boolean {
  return bytes.length === REMOVED_TEXT.length && bytes[0] === REMOVED_TEXT[0];
}

/** Text that SQL can keep and give back unchanged: U+0000 cuts it short, and a lone surrogate has no UTF-8. */
export function toSqlText(text: string): string {
  const plain = text.isWellFormed() && !text.includes('\0') && !text.startsWith(ESCAPED);
  return plain ? text : ESCAPED + JSON.stringify(text);
}

export function fromSqlText(text: string): string {
  return text.startsWith(ESCAPED) ? String(JSON.parse(text.slice(ESCAPED.length))) : text;
}

/** A client's text as bytes: UTF-8, which may hold U+0000; with a lone surrogate, UTF-16. */
export function toBlob(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.of(UTF_16), Buffer.from(text, 'utf16le')]);
}

export function fromBlob(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer[0] === UTF_16 ? buffer.toString('utf16le', 1) : buffer.toString('utf8');
}
