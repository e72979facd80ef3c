/**
 * From measurements to figures: what a request and a token cost comes from streams of two lengths, as the line through
 * both has it.
 */
import { middleOf } from '../figures.mjs';

/** What stands between a client and an engine, by process. */
const BETWEEN = ['proxy', 'coordinator', 'node'];

/**
 * @typedef {import('./cell.mjs').Cell} Cell
 * @typedef {{ request: number, token: number, paced: number }} Cost µs of CPU; `paced`: a whole paced stream
 * @typedef {object} Row
 * @property {string} target
 * @property {number} streams
 * @property {Record<Cell['kind'], Cell>} cells the rounds' medians
 * @property {Readonly<Record<string, Cost>>} costs by process and thread, and `all` of what is between client and engine
 */

/** @param {readonly Cell[]} cells @param {{ counts: readonly number[], targets: readonly string[] }} plan @returns {Row[]} */
export function rowsOf(cells, { counts, targets }) {
  return counts.flatMap((streams) =>
    targets.map((target) => {
      const middle = (/** @type {Cell['kind']} */ kind) =>
        middleOf(cells.filter((cell) => cell.target === target && cell.streams === streams && cell.kind === kind));
      const middles = { paced: middle('paced'), short: middle('short'), long: middle('long') };
      return { target, streams, cells: middles, costs: costsOf(middles) };
    }),
  );
}

/** @param {Row['cells']} cells @returns {Row['costs']} */
function costsOf(cells) {
  const parts = Object.keys(cells.long.microseconds).flatMap((name) =>
    /** @type {const} */ (['main', 'storage', 'other']).map((thread) => ({ name, thread })),
  );
  const by = parts.map(({ name, thread }) => {
    const read = (/** @type {Cell} */ { microseconds }) => microseconds[name]?.[thread] ?? 0;
    return { key: `${name} ${thread}`, isBetween: BETWEEN.includes(name), cost: costOf(cells, read) };
  });
  const all = by.filter(({ isBetween }) => isBetween).map(({ cost }) => cost);
  return { ...Object.fromEntries(by.map(({ key, cost }) => [key, cost])), all: sumOf(all) };
}

/** @param {Row['cells']} cells @param {(cell: Cell) => number} read @returns {Cost} */
function costOf({ short, long, paced }, read) {
  const token = (read(long) - read(short)) / (long.tokens - short.tokens);
  const request = read(short) - token * short.tokens;
  return { request, token, paced: read(paced) };
}

/** @param {readonly Cost[]} costs @returns {Cost} */
function sumOf(costs) {
  const sum = (/** @type {keyof Cost} */ name) => costs.reduce((total, cost) => total + cost[name], 0);
  return { request: sum('request'), token: sum('token'), paced: sum('paced') };
}

/** @param {readonly Row[]} rows @param {string} target @param {number} streams */
export function findRow(rows, target, streams) {
  return rows.find((row) => row.target === target && row.streams === streams);
}

/** What the project asks of itself, in µs of CPU. */
const MOST = { request: 400, token: 20 };

/** Judged where the most streams run, and with the engine inside: HTTP to an engine is not the network. */
export function verdictsOf(/** @type {readonly Row[]} */ rows) {
  const row = rows.filter(({ target }) => target === 'inside').toSorted((a, b) => b.streams - a.streams)[0];
  if (!row) return [];
  const at = `engine inside the node, ${row.streams} streams`;
  return /** @type {const} */ (['request', 'token']).map((what) => {
    const cost = row.costs['all']?.[what] ?? Number.NaN;
    return {
      text: `${at}: ${cost.toFixed(1)} µs CPU a ${what} (at most ${MOST[what]} asked)`,
      isMet: cost <= MOST[what],
    };
  });
}
