/** `npm run bench:streams`: an engine's streams alone, through a proxy and through the network, in turns. */
import { serviceFor } from '@plexus/protocol';
import { startChild } from '../child.mjs';
import { median } from '../figures.mjs';
import { describeMachine } from '../machine.mjs';
import { runInFolder } from '../run-in-folder.mjs';
import { checkBooks } from '../targets.mjs';
import { measureCell } from './cell.mjs';
import { rowsOf, verdictsOf } from './costs.mjs';
import { readOptions, USAGE } from './options.mjs';
import { markdownOf } from './report.mjs';
import { createStarter, startTarget } from './targets.mjs';

const WARM_STREAMS = 32;
const WARM_MS = { short: 4000, long: 1500, paced: 500 };

/**
 * @typedef {NonNullable<ReturnType<typeof readOptions>>} Options
 * @typedef {import('./targets.mjs').Target} Target
 * @typedef {import('./cell.mjs').Cell} Cell
 */

/** @returns {Promise<number>} the exit code */
export async function runBench() {
  return await runInFolder({
    options: readOptions(),
    usage: USAGE,
    name: 'streams',
    measure: measureAll,
    markdownOf,
    isMet: ({ rows, books }) =>
      verdictsOf(rows).every((verdict) => verdict.isMet) && books.every(({ wrong }) => wrong.length === 0),
  });
}

/** @param {Options} options @param {import('../stops.mjs').Stops} stops */
async function measureAll({ folder, node, nodeFlags, accounts, out: _out, ...plan }, stops) {
  const machine = describeMachine(folder, node);
  const start = createStarter({ folder, node, nodeFlags, accounts }, stops);
  const engine = await start('./engine.mjs', {});
  /** @type {Target[]} */
  const targets = [];
  for (const name of plan.targets) {
    targets.push(await startTarget(name, engine, { folder, node, nodeFlags, accounts, start }));
  }
  const load = await startChild(new URL('./load.mjs', import.meta.url), { node, nodeFlags: [], settings: {}, stops });
  const first = await warmUp(targets, load, plan);
  const cells = await measureCells(targets, load, plan);
  const books = await booksOf(targets, [...first, ...cells]);
  const sqlite = targets.find((target) => target.books)?.books?.sqlite ?? 'none';
  const others = cells.map((cell) => cell.othersCores);
  const othersCores = { median: median(others), most: Math.max(...others) };
  const when = new Date().toISOString();
  const rows = rowsOf(cells, plan);
  return { when, machine, sqlite, plan: { ...plan, accounts, nodeFlags }, othersCores, books, rows, cells };
}

/** @typedef {Omit<Options, 'folder' | 'node' | 'nodeFlags' | 'accounts' | 'out'>} MeasurePlan */

/** The cells of one number of streams. @param {MeasurePlan} plan */
function kindsOf({ tokens, pace, warmMs, measureMs }) {
  const times = { warmMs, measureMs };
  return [
    { kind: /** @type {const} */ ('paced'), tokens: tokens.paced, pace, ...times },
    { kind: /** @type {const} */ ('short'), tokens: 1, pace: 0, ...times },
    { kind: /** @type {const} */ ('long'), tokens: tokens.long, pace: 0, ...times },
  ];
}

/**
 * Lets every process compile what is hot before anything counts: requests take the most code.
 *
 * @param {readonly Target[]} targets
 * @param {import('../child.mjs').Child} load
 * @param {MeasurePlan} plan
 */
async function warmUp(targets, load, plan) {
  const cells = [];
  for (const target of targets) {
    for (const kind of kindsOf(plan).filter(({ pace }) => pace === 0)) {
      const measureMs = target.books ? WARM_MS[kind.kind] : WARM_MS.paced;
      cells.push(await measureCell(target, load, { ...kind, streams: WARM_STREAMS, warmMs: 0, measureMs }));
    }
  }
  return cells;
}

/**
 * @param {readonly Target[]} targets
 * @param {import('../child.mjs').Child} load
 * @param {MeasurePlan} plan
 */
async function measureCells(targets, load, plan) {
  const cells = [];
  for (let round = 0; round < plan.rounds; round++) {
    // Whoever came first comes last next time, so that a machine that grows slower or faster favours nobody.
    const order = round % 2 === 0 ? targets : targets.toReversed();
    const due = plan.counts.flatMap((streams) =>
      kindsOf(plan).flatMap((kind) => order.map((target) => ({ target, how: { ...kind, streams } }))),
    );
    for (const { target, how } of due) {
      const cell = await measureCell(target, load, how);
      cells.push(cell);
      console.error(progressOf(cell, round));
    }
  }
  return cells;
}

/** @param {Cell} cell @param {number} round */
function progressOf({ target, kind, streams, tokensPerSecond, times, othersCores }, round) {
  const { first } = times;
  const figures = `${tokensPerSecond.toFixed(0)} tokens/s, first token p50 ${first.p50.toFixed(2)} ms, p99 ${first.p99.toFixed(2)} ms`;
  return `round ${round + 1}, ${streams} streams, ${kind}, ${target}: ${figures} (others: ${othersCores.toFixed(2)} cores)`;
}

/** Compares each network's books with the streams that its clients got. @param {readonly Target[]} targets @param {readonly Cell[]} cells */
async function booksOf(targets, cells) {
  const { unitPriceMicro } = serviceFor('llm');
  const checked = [];
  for (const { name, books } of targets) {
    if (!books) continue;
    const own = cells.filter(({ target }) => target === name);
    const answered = own.reduce((sum, cell) => sum + cell.answered, 0);
    const tokens = own.reduce((sum, cell) => sum + cell.units, 0);
    const found = await checkBooks(books, { answered, chargedMicro: BigInt(tokens) * unitPriceMicro });
    checked.push({ target: name, tokens, ...found });
  }
  return checked;
}
