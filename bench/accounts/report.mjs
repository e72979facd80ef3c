/** Compares one account with many, pair by pair. */
import { median, table } from '../figures.mjs';

/** How many times the 99th percentile of many accounts that of one may be. Source: issue 4. */
const MOST_TIMES = 1.2;

/**
 * @typedef {import('../cell.mjs').Cell} Cell
 * @typedef {{ one: Cell, many: Cell }} Pair
 * @typedef {object} Result
 * @property {string} when
 * @property {Record<string, any>} machine
 * @property {string} engine
 * @property {{ tasks: number, clients: number, accounts: number }} plan
 * @property {readonly Pair[]} pairs
 * @property {{ answered: number, receipts: number, wrong: readonly string[] }} books
 */

/** One account's figures as times of many accounts': the median of the pairs. @param {readonly Pair[]} pairs */
export function ratiosOf(pairs) {
  const ratio = (/** @type {'p50' | 'p99' | 'tasksPerSecond'} */ figure) =>
    median(pairs.map(({ one, many }) => one[figure] / many[figure]));
  return { p50: ratio('p50'), p99: ratio('p99'), tasksPerSecond: ratio('tasksPerSecond') };
}

/** @param {readonly Pair[]} pairs */
export function isMet(pairs) {
  return ratiosOf(pairs).p99 <= MOST_TIMES;
}

/** @param {Result} result */
export function markdownOf({ when, machine, engine, plan, pairs, books }) {
  const { cpu, cores, node, fileSystem, fsyncMs } = machine;
  const { tasks, clients, accounts } = plan;
  const ratios = ratiosOf(pairs);
  const others = Math.max(...pairs.flatMap(({ one, many }) => [one.othersCores, many.othersCores]));
  const wrong = books.wrong.length > 0 ? `**wrong**: ${books.wrong.join('; ')}` : 'each task charged once';
  return [
    '# One account beside many',
    '',
    `${tasks} \`echo\` tasks of ${clients} clients, all billed to one account, and as many billed to ${accounts} accounts in turn.`,
    '',
    `- Machine: ${cpu}, ${cores} cores; database on ${fileSystem}, ${fsyncMs.toFixed(2)} ms a sync`,
    `- Node.js ${node}, books in ${engine}; ${when.slice(0, 10)}; other programs took at most ${others.toFixed(2)} cores`,
    '',
    ...table(
      ['pair', 'accounts', 'tasks/s', 'p50 ms', 'p99 ms'],
      pairs.flatMap(({ one, many }, index) => [
        [index + 1, 1, ...figuresOf(one)],
        [index + 1, accounts, ...figuresOf(many)],
      ]),
    ),
    '',
    `- ${isMet(pairs) ? 'Met' : '**Not met**'}: p99 of one account is ${ratios.p99.toFixed(2)} times that of ${accounts} (at most ${MOST_TIMES} asked; the median of the pairs)`,
    `- Its median is ${ratios.p50.toFixed(2)} times, its throughput ${ratios.tasksPerSecond.toFixed(2)} times theirs`,
    `- Books after ${books.answered} answered tasks: ${wrong}, ${books.receipts} signed receipts`,
    '',
  ].join('\n');
}

/** @param {Cell} cell */
function figuresOf({ tasksPerSecond, p50, p99 }) {
  return [tasksPerSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)];
}
