/** Printable ASCII without the quote and the backslash: text that JSON writes as it is. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;
/** What JSON.stringify leaves as it is although it is not printable ASCII, one UTF-16 unit at a time. */
const UNESCAPED = /[\u007f-\uffff]/g;
const SURROGATE = /[\ud800-\udfff]/;

const encoder = new TextEncoder();

/**
 * The one text of a JSON value that is signed and hashed: keys in code point order, no blanks, members that are
 * null or undefined left out, everything but printable ASCII escaped, no numbers but safe integers.
 * It is what Python's `json.dumps(value, sort_keys=True, separators=(',', ':'))` writes for such a value.
 *
 * @throws {RangeError} for a number that is not a safe integer
 * @throws {TypeError} for anything that JSON has no value for: a bigint, a function, a Date
 * @see contract/aitbc.md, "Receipt": these rules win over RFC 8785
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return integer(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return list(value);
  if (typeof value === 'object' && isPlain(value)) return members(value);
  throw new TypeError(`Canonical JSON has no form for ${Object.prototype.toString.call(value)}`);
}

/** The canonical text as bytes; it is ASCII, so bytes and characters are the same. */
export function canonicalBytes(value: unknown): Uint8Array {
  return encoder.encode(canonicalJson(value));
}

function quote(text: string): string {
  if (PLAIN_TEXT.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(UNESCAPED, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`Canonical JSON holds safe integers only, not ${value}`);
  return String(value);
}

function list(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) text += (text && ',') + canonicalJson(item);
  return `[${text}]`;
}

function members(values: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of sortedKeys(values)) {
    const value = values[key];
    if (value === null || value === undefined) continue;
    text += `${text && ','}${quote(key)}:${canonicalJson(value)}`;
  }
  return `{${text}}`;
}

/** True for the objects that literals and JSON.parse make, also those of another realm. */
function isPlain(object: object): object is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  for (let at = 1; at < keys.length; at++) {
    if (String(keys[at - 1]) > String(keys[at])) return sort(keys);
  }
  return keys.some(hasSurrogate) ? sort(keys) : keys;
}

/** UTF-16 order is code point order as long as no key has a surrogate. */
function sort(keys: string[]): string[] {
  return keys.some(hasSurrogate) ? keys.sort(byCodePoint) : keys.sort();
}

function hasSurrogate(key: string): boolean {
  return SURROGATE.test(key);
}

function byCodePoint(left: string, right: string): number {
  for (let at = 0; at < left.length && at < right.length; at++) {
    const difference = (left.codePointAt(at) ?? 0) - (right.codePointAt(at) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
