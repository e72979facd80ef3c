/** Medians of several rounds, and tables of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The rounds' medians, figure by figure.
 *
 * @template T
 * @param {readonly T[]} cells of one shape
 * @returns {T}
 */
export function middleOf(cells) {
  return merge(cells);
}

/** @param {readonly any[]} values @returns {any} */
function merge(values) {
  const [first] = values;
  if (typeof first === 'number') return median(values);
  if (typeof first !== 'object') return first;
  return Object.fromEntries(Object.keys(first).map((name) => [name, merge(values.map((value) => value[name]))]));
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? Number.NaN) + (sorted[Math.ceil(at)] ?? Number.NaN)) / 2;
}

/**
 * Rows of Markdown.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly (string | number)[])[]} body
 * @param {'---:' | '---'} [rule] figures to the right, or texts to the left
 */
export function table(head, body, rule = '---:') {
  return [head, head.map(() => rule), ...body].map((cells) => `| ${cells.join(' | ')} |`);
}

/** @param {string} folder @param {Record<string, string>} files */
export function writeFiles(folder, files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
