/** `npm run bench`: the hot path and its floor, in turns, for several numbers of clients. */
import { rmSync } from 'node:fs';
import { measureCell } from './cell.mjs';
import { startChild } from './child.mjs';
import { writeFiles } from './figures.mjs';
import { describeMachine } from './machine.mjs';
import { readOptions, USAGE } from './options.mjs';
import { markdownOf, rowsOf, verdictsOf } from './report.mjs';
import { checkBooks, startTarget } from './targets.mjs';

const WARM_CLIENTS = 32;
const WARM_MS = 4000;
const COST_MICRO = 10_000_000n;

/** @typedef {NonNullable<ReturnType<typeof readOptions>>} Options */

/** @returns {Promise<number>} the exit code */
export async function runBench() {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  try {
    const result = await measureAll(options);
    const markdown = markdownOf(result);
    writeFiles(options.out, { 'latest.md': markdown, 'latest.json': `${JSON.stringify(result, undefined, 2)}\n` });
    console.log(`\n${markdown}`);
    const isMet = verdictsOf(result.rows, result.engine).every((verdict) => verdict.isMet);
    return isMet && result.books.wrong.length === 0 ? 0 : 1;
  } finally {
    rmSync(options.folder, { recursive: true, force: true });
  }
}

/** @param {Options} options */
async function measureAll(options) {
  const { folder, node, nodeFlags, counts, rounds, warmMs, measureMs, accounts, floor: kind } = options;
  const machine = describeMachine(folder, node);
  /** @type {(() => Promise<void>)[]} */
  const stops = [];
  const started = async (/** @type {'floor' | 'plexus'} */ name) => {
    const target = await startTarget(name, { folder, node, nodeFlags, accounts, floor: kind });
    stops.push(target.stop);
    return target;
  };
  try {
    const floor = await started('floor');
    const plexus = await started('plexus');
    const load = await startChild(new URL('./load.mjs', import.meta.url), { node, nodeFlags: [], settings: {} });
    stops.push(load.stop);
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
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
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
