/** `npm run bench:accounts`: tasks of one account beside tasks of many, in turns, on the same coordinator. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { measureTasks } from '../cell.mjs';
import { startChild } from '../child.mjs';
import { writeFiles } from '../figures.mjs';
import { describeMachine } from '../machine.mjs';
import { withStops } from '../stops.mjs';
import { checkBooks, startTarget } from '../targets.mjs';
import { readOptions, USAGE } from './options.mjs';
import { isMet, markdownOf } from './report.mjs';

const COST_MICRO = 10_000_000n;

/** @typedef {NonNullable<ReturnType<typeof readOptions>>} Options */

/** @returns {Promise<number>} the exit code */
export async function runBench() {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  return await withStops(async (stops) => {
    const folder = mkdtempSync(join(options.home, 'plexus-bench-'));
    await stops.add(() => rmSync(folder, { recursive: true, force: true }));
    const result = await measureAll(options, folder, stops);
    const markdown = markdownOf(result);
    const json = `${JSON.stringify(result, undefined, 2)}\n`;
    writeFiles(options.out, { 'accounts.md': markdown, 'accounts.json': json });
    console.log(`\n${markdown}`);
    return isMet(result.pairs) && result.books.wrong.length === 0 ? 0 : 1;
  });
}

/** @param {Options} options @param {string} folder @param {import('../stops.mjs').Stops} stops */
async function measureAll({ tasks, clients, accounts, pairs: wanted, node, database }, folder, stops) {
  const machine = describeMachine(folder, node);
  const how = { folder, node, nodeFlags: [], floor: 'path', database, stops };
  const target = await startTarget('plexus', { ...how, accounts: accounts + 1 });
  const load = await startChild(new URL('../load.mjs', import.meta.url), { node, nodeFlags: [], settings: {}, stops });
  const one = { ...target, keys: target.keys.slice(accounts) };
  const many = { ...target, keys: target.keys.slice(0, accounts) };
  const measure = (/** @type {typeof one} */ which) => measureTasks(which, load, { tasks, clients });
  // What is hot is compiled, and each account's row has been read, before anything counts.
  const first = [await measure(many), await measure(one)];
  const pairs = [];
  for (let pair = 0; pair < wanted; pair++) {
    const cells = await measurePair(pair, { one: () => measure(one), many: () => measure(many) });
    pairs.push(cells);
    console.error(progressOf(pairs.length, cells));
  }
  const cells = [...first, ...pairs.flatMap((pair) => [pair.one, pair.many])];
  const answered = cells.reduce((sum, cell) => sum + cell.answered, 0);
  const books = await checkBooks(target, { answered, chargedMicro: BigInt(answered) * COST_MICRO });
  const when = new Date().toISOString();
  return { when, machine, engine: target.engine, plan: { tasks, clients, accounts }, pairs, books };
}

/**
 * Whoever came first comes second next time.
 *
 * @param {number} pair
 * @param {Record<'one' | 'many', () => Promise<import('../cell.mjs').Cell>>} measure
 */
async function measurePair(pair, measure) {
  if (pair % 2 === 0) {
    const one = await measure.one();
    return { one, many: await measure.many() };
  }
  const many = await measure.many();
  return { one: await measure.one(), many };
}

/** @param {number} pair @param {import('./report.mjs').Pair} cells */
function progressOf(pair, { one, many }) {
  const ratio = (one.p99 / many.p99).toFixed(2);
  return `pair ${pair}: p99 ${one.p99.toFixed(1)} ms with one account, ${many.p99.toFixed(1)} ms with many: ${ratio} times`;
}
