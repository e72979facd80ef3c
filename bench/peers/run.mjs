/** `npm run bench:peers`: the hot path, its floor, and queues that others use, in turns. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { measureCell } from '../cell.mjs';
import { writeFiles } from '../figures.mjs';
import { describeMachine } from '../machine.mjs';
import { withStops } from '../stops.mjs';
import { checkBooks } from '../targets.mjs';
import { CONTENDERS } from './contenders.mjs';
import { readOptions, USAGE } from './options.mjs';
import { installPackages } from './packages.mjs';
import { plotsOf } from './plots.mjs';
import { findPrograms } from './programs.mjs';
import { markdownOf } from './report.mjs';
import { rowsOf, verdictsOf } from './rows.mjs';
import { startAll } from './start.mjs';
import { versionsOf } from './versions.mjs';

const WARM_CLIENTS = 32;
const COST_MICRO = 10_000_000n;

/**
 * @typedef {NonNullable<ReturnType<typeof readOptions>>} Options
 * @typedef {import('./start.mjs').Started} Started
 * @typedef {import('../cell.mjs').Cell} Cell
 */

/** @returns {Promise<number>} the exit code */
export async function runBench() {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const wanted = options.names.flatMap((name) => CONTENDERS[name].needs ?? []);
  const { programs, missing } = findPrograms(new Set(wanted));
  if (missing.length > 0) {
    const install = `apt-get install --no-install-recommends ${missing.join(' ')}`;
    console.error(`Databases are missing. Leave out with --only who needs them, or install them as root: ${install}`);
    return 1;
  }
  const packages = await installPackages();
  return await withStops(async (stops) => {
    const folder = mkdtempSync(join(options.home, 'plexus-bench-'));
    await stops.add(() => rmSync(folder, { recursive: true, force: true }));
    // PostgreSQL, which may not run as root, passes through it.
    chmodSync(folder, 0o711);
    const result = await measureAll(options, { folder, programs, packages, stops });
    const markdown = markdownOf(result);
    const json = `${JSON.stringify(result, undefined, 2)}\n`;
    writeFiles(options.out, { 'peers.md': markdown, 'peers.json': json, ...plotsOf(result.rows) });
    console.log(`\n${markdown}`);
    const isMet = result.verdicts.every((verdict) => verdict.isMet);
    return isMet && result.books.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
  });
}

/**
 * @param {Options} options
 * @param {Pick<import('./start.mjs').How, 'folder' | 'programs' | 'packages' | 'stops'>} place
 */
async function measureAll({ names, node, home: _home, out: _out, ...plan }, place) {
  const machine = describeMachine(place.folder, node);
  const contenders = await startAll(names, { ...place, node, accounts: plan.accounts });
  const first = await warmUp(contenders, plan);
  const cells = await measureCells(contenders, plan);
  const books = await booksOf(contenders, [...first, ...cells]);
  const engine = contenders.find(({ name }) => name === 'sqlite')?.engine ?? 'none';
  const versions = versionsOf(names, place);
  const rows = rowsOf(cells, plan.counts);
  const when = new Date().toISOString();
  return { when, machine, engine, versions, plan, rows, verdicts: verdictsOf(rows, engine), books, cells };
}

/** Lets every process compile what is hot before anything counts. @param {readonly Started[]} contenders @param {{ measureMs: number }} plan */
async function warmUp(contenders, { measureMs }) {
  const cells = [];
  for (const { target, load } of contenders) {
    cells.push(await measureCell(target, load, { clients: WARM_CLIENTS, warmMs: 0, measureMs }));
  }
  return cells;
}

/** @param {readonly Started[]} contenders @param {Pick<Options, 'counts' | 'rounds' | 'warmMs' | 'measureMs'>} plan */
async function measureCells(contenders, { counts, rounds, warmMs, measureMs }) {
  const cells = [];
  for (let round = 0; round < rounds; round++) {
    // Whoever came first comes last next time, so that a machine that grows slower or faster favours nobody.
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    const due = counts.flatMap((clients) => order.map((contender) => ({ ...contender, clients })));
    for (const { target, load, clients } of due) {
      const cell = await measureCell(target, load, { clients, warmMs, measureMs });
      cells.push(cell);
      console.error(progressOf(cell, round));
    }
  }
  return cells;
}

/** Compares the books of ours with what clients were answered. @param {readonly Started[]} contenders @param {readonly Cell[]} cells */
async function booksOf(contenders, cells) {
  const checked = [];
  for (const { name, books } of contenders) {
    if (!books) continue;
    const own = cells.filter(({ target }) => target === name);
    const answered = own.reduce((sum, cell) => sum + cell.answered, 0);
    checked.push({ name, ...(await checkBooks(books, { answered, chargedMicro: BigInt(answered) * COST_MICRO })) });
  }
  return checked;
}

/** @param {Cell} cell @param {number} round */
function progressOf({ target, clients, tasksPerSecond, p50, p99, othersCores }, round) {
  const figures = `${tasksPerSecond.toFixed(0)} tasks/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  return `round ${round + 1}, ${clients} clients, ${target}: ${figures} (others: ${othersCores.toFixed(2)} cores)`;
}
