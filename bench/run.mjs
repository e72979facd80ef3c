/** `npm run bench`: the hot path and its floor, in turns, for several numbers of clients. */
import { measureCell } from './cell.mjs';
import { startChild } from './child.mjs';
import { describeMachine } from './machine.mjs';
import { readOptions, USAGE } from './options.mjs';
import { markdownOf, rowsOf, verdictsOf } from './report.mjs';
import { runInFolder } from './run-in-folder.mjs';
import { checkBooks, startTarget } from './targets.mjs';

const WARM_CLIENTS = 32;
const WARM_MS = 4000;
const COST_MICRO = 10_000_000n;

/** @typedef {NonNullable<ReturnType<typeof readOptions>>} Options */

/** @returns {Promise<number>} the exit code */
export async function runBench() {
  return await runInFolder({
    options: readOptions(),
    usage: USAGE,
    name: 'latest',
    measure: measureAll,
    markdownOf,
    isMet: ({ rows, engine, books }) =>
      verdictsOf(rows, engine).every((verdict) => verdict.isMet) && books.wrong.length === 0,
  });
}

/** @param {Options} options @param {import('./stops.mjs').Stops} stops */
async function measureAll(options, stops) {
  const { folder, database, node, nodeFlags, counts, rounds, warmMs, measureMs, accounts, floor: kind } = options;
  const machine = describeMachine(folder, node);
  const how = { folder, database, node, nodeFlags, accounts, floor: kind, stops };
  const floor = await startTarget('floor', how);
  const plexus = await startTarget('plexus', how);
  const load = await startChild(new URL('./load.mjs', import.meta.url), { node, nodeFlags: [], settings: {}, stops });
  const first = await warmUp([floor, plexus], load);
  const cells = await measureCells([floor, plexus], load, options);
  const answered = [...first, ...cells].reduce(
    (sum, { target, answered: n }) => sum + (target === 'plexus' ? n : 0),
    0,
  );
  const books = await checkBooks(plexus, { answered, chargedMicro: BigInt(answered) * COST_MICRO });
  const plan = { counts, rounds, warmMs, measureMs, accounts, nodeFlags, floor: kind };
  const when = new Date().toISOString();
  return { when, machine, engine: plexus.engine, plan, rows: rowsOf(cells, counts), books, cells };
}

/**
 * Lets every process compile what is hot before anything counts.
 *
 * @param {readonly import('./targets.mjs').Target[]} targets
 * @param {import('./child.mjs').Child} load
 */
async function warmUp(targets, load) {
  const cells = [];
  for (const target of targets) {
    cells.push(await measureCell(target, load, { clients: WARM_CLIENTS, warmMs: 0, measureMs: WARM_MS }));
  }
  return cells;
}

/**
 * @param {readonly import('./targets.mjs').Target[]} targets
 * @param {import('./child.mjs').Child} load
 * @param {Options} options
 */
async function measureCells(targets, load, { counts, rounds, warmMs, measureMs }) {
  const cells = [];
  for (let round = 0; round < rounds; round++) {
    // Whoever came first comes second next time, so that a machine that grows slower or faster favours nobody.
    const order = round % 2 === 0 ? targets : targets.toReversed();
    for (const clients of counts) {
      for (const target of order) {
        const cell = await measureCell(target, load, { clients, warmMs, measureMs });
        cells.push(cell);
        console.error(progressOf(cell, round));
      }
    }
  }
  return cells;
}

/** @param {import('./cell.mjs').Cell} cell @param {number} round */
function progressOf({ target, clients, tasksPerSecond, p50, p99, othersCores }, round) {
  const figures = `${tasksPerSecond.toFixed(0)} tasks/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  return `round ${round + 1}, ${clients} clients, ${target}: ${figures} (others: ${othersCores.toFixed(2)} cores)`;
}
