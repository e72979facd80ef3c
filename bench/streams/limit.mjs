/** Says from the CPU figures what the cost of tokens and requests is made of. */
import { findRow } from './costs.mjs';

/** @typedef {import('./costs.mjs').Row} Row */

/** @type {Readonly<Record<string, string>>} */
const PARTS = {
  'coordinator main': "the coordinator's event loop",
  'coordinator storage': "the coordinator's storage thread",
  'coordinator other': "the coordinator's helper threads (garbage, pool)",
  'node main': "the node's event loop",
  'node other': "the node's helper threads",
};

/** @param {readonly Row[]} rows */
export function limitOf(rows) {
  const most = Math.max(...rows.map(({ streams }) => streams));
  const inside = findRow(rows, 'inside', most);
  if (!inside) return 'the engine inside the node was not measured.';
  const sentences = [partsOf(inside, 'token'), partsOf(inside, 'request')];
  const plexus = findRow(rows, 'plexus', most);
  if (plexus) sentences.push(differenceOf(plexus, inside));
  const proxy = findRow(rows, 'proxy', most);
  if (proxy) sentences.push(`The bare proxy takes ${words(proxy.costs['all'])}.`);
  return sentences.join(' ');
}

/** @param {Row} row @param {'token' | 'request'} what */
function partsOf({ costs, streams }, what) {
  const parts = Object.entries(PARTS)
    .map(([key, name]) => ({ name, cost: costs[key]?.[what] ?? 0 }))
    .toSorted((left, right) => right.cost - left.cost)
    .filter(({ cost }) => cost >= 0.05 * (costs['all']?.[what] ?? 0))
    .map(({ name, cost }) => `${name} ${cost.toFixed(1)} µs`);
  return `At ${streams} streams a ${what} takes ${parts.join(', ')}.`;
}

/** @param {Row} plexus @param {Row} inside */
function differenceOf({ costs: { all: with_ } }, { costs: { all: without } }) {
  const token = (with_?.token ?? Number.NaN) - (without?.token ?? Number.NaN);
  const request = (with_?.request ?? Number.NaN) - (without?.request ?? Number.NaN);
  return `Speaking HTTP to an engine in another process adds ${token.toFixed(1)} µs a token and ${request.toFixed(0)} µs a request.`;
}

/** @param {import('./costs.mjs').Cost | undefined} cost */
function words(cost) {
  return `${cost?.token.toFixed(1)} µs a token and ${cost?.request.toFixed(0)} µs a request`;
}
