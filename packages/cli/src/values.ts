/** Readers of option values; a wrong one is told by commander with the option's name. */
import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

const MAX_PORT = 65_535;

export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}

/** 0 takes any free port. */
export const portNumber = wholeNumber(0, MAX_PORT);

/** A name or an address, without a port. */
export function hostName(text: string): string {
  const isAddress = isIP(text) !== 0;
  if (isAddress || /^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a name or an address without a port.');
}

export function collectHosts(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, hostName(text)];
}

export function decimal(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

/** What is no key at all would make every receipt look as if somebody else had signed it. */
export function publicKey(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 32 && bytes.toString('base64') === text) return text;
  throw new InvalidArgumentError('It must be a public key: 44 characters of base64, without anything around them.');
}

/** An id out of a list or an answer: it stands in a path, where these would lead elsewhere. */
export function idText(text: string): string {
  if (!['', '.', '..'].includes(text.trim())) return text;
  throw new InvalidArgumentError('It must be an id. Is a variable of your shell empty?');
}

/** Without this the folder that happens to be the current one would be filled with keys. */
export function folderName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must be a folder. Is a variable of your shell empty?');
}

/** Credits stay text: they are exact. */
export function credits(text: string): string {
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be credits with at most 6 decimal places, for example 2.5.');
}

/** One of a repeated `name=value`; values are JSON where they can be read as such, else text. */
export function collectParam(text: string, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.');
  return { ...before, [name]: jsonOrText(value) };
}

export function collectText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Names with commas between them, of an option that may be repeated. */
export function collectNames(text: string, before: readonly string[] = []): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return [...before, ...names];
  throw new InvalidArgumentError('It must be names with commas between them.');
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
