/** Turns measurements into medians, verdicts and the Markdown table. */
import { median, middleOf, table } from './figures.mjs';
import { limitOf } from './limit.mjs';
import { totalOf } from './proc.mjs';

/** What the project asks of itself: the least share of the floor's throughput, and the most of its latency. */
const MANY_CLIENTS = 64;
/** @type {Readonly<Record<string, number>>} */
const LEAST_RATIO = { libsql: 0.35, 'node:sqlite': 0.45, postgres: 0.3 };
/** @type {Readonly<Record<string, string>>} */
const BOOKS = { postgres: 'PostgreSQL, whose own work is among the other programs' };
const MOST_SLOWDOWN = 8;
/** @type {Readonly<Record<string, string>>} */
const FLOORS = { path: "by the coordinator's own code", lean: 'on bare Fastify and ws' };

/**
 * @typedef {import('./cell.mjs').Cell} Cell
 * @typedef {{ clients: number, floor: Cell, plexus: Cell, ratios: number[], ratio: number, slowdown: number }} Row
 */

/** @param {readonly Cell[]} cells @param {readonly number[]} counts @returns {Row[]} */
export function rowsOf(cells, counts) {
  return counts.map((clients) => {
    const of = (/** @type {string} */ name) => cells.filter((cell) => cell.target === name && cell.clients === clients);
    const [floors, ours] = [of('floor'), of('plexus')];
    const ratios = ours.map((cell, round) => cell.tasksPerSecond / (floors[round]?.tasksPerSecond ?? Number.NaN));
    const [floor, plexus] = [middleOf(floors), middleOf(ours)];
    return { clients, floor, plexus, ratios, ratio: median(ratios), slowdown: plexus.p50 / floor.p50 };
  });
}

/** @param {readonly Row[]} rows @param {string} engine */
export function verdictsOf(rows, engine) {
  const verdicts = [];
  const many = rows.find(({ clients }) => clients === MANY_CLIENTS);
  const least = LEAST_RATIO[engine] ?? 0;
  if (many) {
    const text = `${MANY_CLIENTS} clients: ${many.ratio.toFixed(3)} of the floor's throughput (at least ${least} asked)`;
    verdicts.push({ text, isMet: many.ratio >= least });
  }
  const one = rows.find(({ clients }) => clients === 1);
  if (one) {
    const text = `1 client: median ${one.slowdown.toFixed(1)} times the floor's (at most ${MOST_SLOWDOWN} asked)`;
    verdicts.push({ text, isMet: one.slowdown <= MOST_SLOWDOWN });
  }
  return verdicts;
}

const COST_COLUMNS = [
  'clients',
  'coordinator',
  'of it event loop',
  'of it storage thread',
  'node',
  'load generator',
  'RSS MiB coordinator',
  'RSS MiB node',
];

/**
 * @param {object} result
 * @param {Record<string, any>} result.machine
 * @param {string} result.engine
 * @param {object & { rounds: number, warmMs: number, measureMs: number, accounts: number, floor: string }} result.plan
 * @param {readonly Row[]} result.rows
 * @param {{ answered: number, receipts: number, wrong: readonly string[] }} result.books
 */
export function markdownOf({ machine, engine, plan, rows, books }) {
  const { cpu, cores, memoryGib, kernel, node, fileSystem, fsyncMs } = machine;
  return [
    '# Hot path and its floor',
    '',
    'GemmaNet `echo` through one node process: HTTP in, node chosen, WebSocket to the node and back, receipt signed and',
    'checked, ledger, job and log committed durably, HTTP out. The floor is the same HTTP and WebSocket path with nothing',
    `stored, signed or scheduled, ${FLOORS[plan.floor]}. Both run in turns; figures are medians over the rounds.`,
    '',
    `- Machine: ${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}; database on ${fileSystem}, ${fsyncMs.toFixed(2)} ms a sync`,
    `- Node.js ${node}, ${BOOKS[engine] ?? `SQLite by ${engine} (WAL, synchronous=FULL)`}`,
    `- ${plan.rounds} rounds of ${plan.measureMs / 1000} s after ${plan.warmMs / 1000} s of warm-up; ${plan.accounts} accounts`,
    `- Everything runs on these cores, load generator included; other programs took ${othersOf(rows)} cores meanwhile`,
    '',
    ...table(
      ['clients', 'tasks/s', 'floor', 'ratio', 'each round', 'p50 ms', 'floor', 'p99 ms', 'floor'],
      rows.map(({ clients, plexus, floor, ratio, ratios }) => [
        clients,
        plexus.tasksPerSecond.toFixed(0),
        floor.tasksPerSecond.toFixed(0),
        `**${ratio.toFixed(3)}**`,
        ratios.map((each) => each.toFixed(3)).join(' '),
        plexus.p50.toFixed(2),
        floor.p50.toFixed(2),
        plexus.p99.toFixed(2),
        floor.p99.toFixed(2),
      ]),
    ),
    '',
    'CPU in µs a task (floor in brackets); memory resident after the window.',
    '',
    ...table(COST_COLUMNS, rows.map(costRow)),
    '',
    ...verdictsOf(rows, engine).map(({ text, isMet }) => `- ${isMet ? 'Met' : '**Not met**'}: ${text}`),
    `- Books after ${books.answered} answered tasks: ${books.wrong.length > 0 ? `**wrong**: ${books.wrong.join('; ')}` : `ledger sum 0, nothing held, ${books.receipts} signed receipts, each task charged once`}`,
    '',
    `What limits it next: ${limitOf(rows, machine)}`,
    '',
  ].join('\n');
}

/** @param {Row} row */
function costRow({ clients, plexus, floor }) {
  const pair = (/** @type {(cell: Cell) => number} */ read) => `${read(plexus).toFixed(0)} (${read(floor).toFixed(0)})`;
  return [
    clients,
    pair(({ microseconds }) => totalOf(microseconds.server)),
    pair(({ microseconds }) => microseconds.server.main),
    plexus.microseconds.server.storage.toFixed(0),
    pair(({ microseconds }) => totalOf(microseconds.node)),
    pair(({ microseconds }) => totalOf(microseconds.load)),
    pair(({ rssMib }) => rssMib.server),
    pair(({ rssMib }) => rssMib.node),
  ];
}

/** @param {readonly Row[]} rows */
function othersOf(rows) {
  const worst = Math.max(...rows.flatMap(({ plexus, floor }) => [plexus.othersCores, floor.othersCores]));
  return `at most ${worst.toFixed(2)}`;
}
