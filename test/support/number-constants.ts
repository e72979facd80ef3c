/** The numbers that the sources of all packages give names to, with their values. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By `package/src/file.ts NAME`, or `… NAME.member` where the constant is an object of numbers. */
export type NumberConstants = ReadonlyMap<string, number>;

const DECLARATION = /^(?:export )?const ([A-Z][A-Z0-9_]*)\b[^=\n]*= ([^;]+);/gm;
const MEMBER = /(\w+): (-?[\d_.e]+)(?=[,\s}])/g;

export function readNumberConstants(): NumberConstants {
  const found = new Map<string, number>();
  const byName = new Map<string, number>();
  const sources = readdirSync('packages').flatMap((name) => sourcesOf(name));
  // Constants of other files stand in expressions; two rounds resolve them whatever the order of files.
  for (let round = 0; round < 2; round++) {
    for (const path of sources) {
      const own = new Map(byName);
      for (const [name, value] of constantsIn(readFileSync(join('packages', path), 'utf8'), own)) {
        found.set(`${path} ${name}`, value);
        own.set(name, value);
        byName.set(name, value);
      }
    }
  }
  return found;
}

function sourcesOf(name: string): string[] {
  const names = readdirSync(join('packages', name, 'src'), { recursive: true, encoding: 'utf8' });
  return names.filter((file) => file.endsWith('.ts')).map((file) => `${name}/src/${file}`);
}

function* constantsIn(text: string, known: ReadonlyMap<string, number>): Generator<[string, number]> {
  const own = new Map(known);
  for (const [, name = '', value = ''] of text.matchAll(DECLARATION)) {
    if (value.startsWith('{')) {
      for (const [, member = '', number = ''] of value.matchAll(MEMBER)) yield [`${name}.${member}`, toNumber(number)];
      continue;
    }
    const number = evaluate(value, own);
    if (number === undefined) continue;
    own.set(name, number);
    yield [name, number];
  }
}

/** Sums of products of numbers and of constants that are known; undefined for anything else. */
function evaluate(expression: string, known: ReadonlyMap<string, number>): number | undefined {
  let sum = 0;
  for (const term of expression.split(' + ')) {
    const value = product(term, known);
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

function product(term: string, known: ReadonlyMap<string, number>): number | undefined {
  const [first = '', ...rest] = term.split(/ (\*\*|[*/]) /);
  let value = factor(first, known);
  for (let at = 0; at < rest.length; at += 2) {
    const next = factor(rest[at + 1] ?? '', known);
    if (value === undefined || next === undefined) return undefined;
    value = rest[at] === '**' ? value ** next : rest[at] === '*' ? value * next : value / next;
  }
  return value;
}

function factor(text: string, known: ReadonlyMap<string, number>): number | undefined {
  if (/^[A-Z]/.test(text)) return known.get(text);
  const value = toNumber(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}

function toNumber(text: string): number {
  return Number(text.replaceAll('_', ''));
}
