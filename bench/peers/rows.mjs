/** Medians over the rounds, shares of the floor round by round, and what is asked of them. */
import { median, middleOf } from '../figures.mjs';
import { NAMES } from './contenders.mjs';

const MANY_CLIENTS = 64;
/** The least share of the floor's throughput at many clients, by what the books are kept in. Source: issue 4. */
const LEAST_SHARE = { libsql: 0.4, 'node:sqlite': 0.5, postgres: 0.3 };
/** Of BullMQ as documented: five times the fastest that was found would be more than the floor itself. */
const LEAST_TIMES_BULLMQ = 5;

/**
 * @typedef {import('../cell.mjs').Cell} Cell
 * @typedef {import('./contenders.mjs').Name} Name
 * @typedef {object} Row
 * @property {Name} name
 * @property {number} clients
 * @property {Cell} cell the rounds' medians
 * @property {number | undefined} ofFloor share of the floor's throughput: the median of the rounds' shares
 * @property {readonly number[]} rates tasks a second in each round
 * @typedef {{ text: string, isMet: boolean }} Verdict
 */

/** @param {readonly Cell[]} cells @param {readonly number[]} counts @returns {readonly Row[]} */
export function rowsOf(cells, counts) {
  const find = (/** @type {string} */ name, /** @type {number} */ clients) =>
    cells.filter((cell) => cell.target === name && cell.clients === clients);
  return counts.flatMap((clients) =>
    NAMES.flatMap((name) => {
      const own = find(name, clients);
      if (own.length === 0) return [];
      const rates = own.map(({ tasksPerSecond }) => tasksPerSecond);
      return [{ name, clients, cell: middleOf(own), ofFloor: medianRatio(own, find('floor', clients)), rates }];
    }),
  );
}

/**
 * @param {readonly Row[]} rows
 * @param {string} engine which SQLite ours is on
 * @returns {readonly Verdict[]} of what was measured
 */
export function verdictsOf(rows, engine) {
  const at = (/** @type {Name} */ name) => rows.find((row) => row.name === name && row.clients === MANY_CLIENTS);
  const least = engine === 'libsql' ? LEAST_SHARE.libsql : LEAST_SHARE['node:sqlite'];
  const times = timesOf(at('sqlite'), at('bullmq-documented'));
  return [
    ...verdict(at('sqlite')?.ofFloor, least, `Plexus on ${engine}, of the floor's throughput`),
    ...verdict(at('postgres')?.ofFloor, LEAST_SHARE.postgres, "Plexus on PostgreSQL, of the floor's throughput"),
    ...verdict(times, LEAST_TIMES_BULLMQ, 'Plexus on SQLite, times the throughput of BullMQ as documented'),
  ];
}

/** How many times the throughput of the other, as a median of the rounds. @param {Row | undefined} row @param {Row | undefined} other */
export function timesOf(row, other) {
  if (!row || !other) return undefined;
  return median(row.rates.map((rate, round) => rate / (other.rates[round] ?? Number.NaN)));
}

/** @param {readonly Cell[]} own @param {readonly Cell[]} floors */
function medianRatio(own, floors) {
  if (floors.length === 0) return undefined;
  return median(own.map((cell, round) => cell.tasksPerSecond / (floors[round]?.tasksPerSecond ?? Number.NaN)));
}

/** @param {number | undefined} value @param {number} least @param {string} what @returns {Verdict[]} */
function verdict(value, least, what) {
  if (value === undefined) return [];
  const text = `${MANY_CLIENTS} clients: ${value.toFixed(3)}, ${what} (at least ${least} asked)`;
  return [{ text, isMet: value >= least }];
}
