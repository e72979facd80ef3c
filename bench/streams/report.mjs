/** Turns measurements of streams into the Markdown tables. */
import { table } from '../figures.mjs';
import { findRow, verdictsOf } from './costs.mjs';
import { limitOf } from './limit.mjs';

/** @typedef {import('./costs.mjs').Row} Row */

/** @type {Readonly<Record<string, string>>} */
const NAMES = { engine: 'engine alone', proxy: 'undici proxy', plexus: 'network', inside: 'network, engine inside' };

/**
 * @typedef {object} Result
 * @property {Record<string, any>} machine
 * @property {string} sqlite
 * @property {Record<string, any>} plan
 * @property {readonly Row[]} rows
 * @property {readonly Books[]} books
 * @property {{ median: number, most: number }} othersCores
 */
/** @typedef {{ target: string, answered: number, tokens: number, wrong: readonly string[] }} Books */

/** @param {Result} result */
export function markdownOf(result) {
  const { rows, books } = result;
  return [
    ...introductionOf(result),
    '',
    ...tablesOf(result),
    '',
    ...verdictsOf(rows).map(({ text, isMet }) => `- ${isMet ? 'Met' : '**Not met**'}: ${text}`),
    ...books.map(booksLine),
    '',
    `What limits it next: ${limitOf(rows)}`,
    '',
  ].join('\n');
}

/** What other programs may take before it shows. */
const QUIET_CORES = 0.2;

/** @param {Result} result */
function introductionOf({ machine, sqlite, plan, othersCores }) {
  const { cpu, cores, memoryGib, kernel, node, fileSystem, fsyncMs } = machine;
  const { rounds, measureMs, warmMs, accounts } = plan;
  return [
    '# What the network adds to a stream',
    '',
    "OpenAI's `POST /v1/chat/completions` with `stream`, every stream checked whole: all tokens, `finish_reason`, usage and",
    '`[DONE]`. The engine makes a token for each of its streams in every step, each a write of its own. It is asked directly,',
    'through a proxy on undici, and through coordinator and node with keys, ledger, receipts and durable commits; and it sits',
    "in the node's process, where what it costs counts as the node's. All in turns; figures are medians over the rounds.",
    '',
    `- Machine: ${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}; database on ${fileSystem}, ${fsyncMs.toFixed(2)} ms a sync`,
    `- Node.js ${node}, SQLite by ${sqlite} (WAL, synchronous=FULL), ${accounts} accounts`,
    `- ${rounds} rounds of ${measureMs / 1000} s after ${warmMs / 1000} s of warm-up for each cell`,
    `- Everything runs on these cores, engine and load generator included; ${othersOf(othersCores)}`,
  ];
}

/** @param {Result['othersCores']} cores */
function othersOf({ median, most }) {
  const text = `other programs took ${median.toFixed(2)} cores as a median of the cells, at most ${most.toFixed(2)}`;
  return most > QUIET_CORES ? `${text}: **figures are worse for it**` : text;
}

const PACED_COLUMNS = ['first token p50 ms', 'added', 'p99 ms', 'between tokens p50 ms', 'p99 ms', 'stream p50 ms'];
const FAST_COLUMNS = [
  'tokens/s',
  'of the proxy',
  'stream p50 ms',
  'streams/s of 1 token',
  'first token p50 ms',
  'added',
];

/** @param {Result} result */
function tablesOf({ rows, plan: { tokens, pace } }) {
  const by = ['streams', 'through'];
  const between = rows.filter(({ target }) => target !== 'engine');
  return [
    `Streams of ${tokens.paced} tokens at ${pace} tokens a second each; the first token is made at once.`,
    '',
    ...table(
      [...by, ...PACED_COLUMNS],
      rows.map((row) => pacedRow(row, rows)),
    ),
    '',
    `As fast as they are taken: streams of ${tokens.long} tokens, and of 1.`,
    '',
    ...table(
      [...by, ...FAST_COLUMNS],
      rows.map((row) => fastRow(row, rows)),
    ),
    '',
    `CPU in µs of what is between client and engine: a request and a token as the streams of 1 and of ${tokens.long} have it,`,
    `and a whole paced stream of ${tokens.paced} tokens. A stream of more than 100 ms is written to the books twice, its hold`,
    'and its end, and one of 1 token once; that second commit is in the figures of a token and of a paced stream.',
    '',
    ...table([...by, ...COST_COLUMNS], between.map(costRow)),
  ];
}

/** @param {Row} row @param {readonly Row[]} rows */
function pacedRow({ target, streams, cells: { paced } }, rows) {
  const { first, gap, duration } = paced.times;
  const engine = findRow(rows, 'engine', streams)?.cells.paced.times.first.p50;
  return [
    streams,
    NAMES[target] ?? target,
    first.p50.toFixed(2),
    addedOf(target, first.p50, engine),
    first.p99.toFixed(2),
    gap.p50.toFixed(2),
    gap.p99.toFixed(2),
    duration.p50.toFixed(0),
  ];
}

/** @param {Row} row @param {readonly Row[]} rows */
function fastRow({ target, streams, cells: { long, short } }, rows) {
  const proxy = findRow(rows, 'proxy', streams)?.cells.long.tokensPerSecond;
  const engine = findRow(rows, 'engine', streams)?.cells.short.times.first.p50;
  return [
    streams,
    NAMES[target] ?? target,
    long.tokensPerSecond.toFixed(0),
    proxy === undefined ? '' : (long.tokensPerSecond / proxy).toFixed(2),
    long.times.duration.p50.toFixed(1),
    short.tokensPerSecond.toFixed(0),
    short.times.first.p50.toFixed(2),
    addedOf(target, short.times.first.p50, engine),
  ];
}

/** @param {string} target @param {number} time @param {number | undefined} engine */
function addedOf(target, time, engine) {
  return engine === undefined || target === 'engine' ? '' : `**${(time - engine).toFixed(2)}**`;
}

const COST_COLUMNS = [
  'a request',
  'coordinator loop',
  'storage thread',
  'node loop',
  'a token',
  'coordinator loop',
  'node loop',
  'a paced stream',
];

/** @param {Row} row */
function costRow({ target, streams, costs }) {
  const part = (/** @type {string} */ key, /** @type {'request' | 'token'} */ what) => {
    const cost = costs[key]?.[what];
    return cost === undefined ? '' : cost.toFixed(what === 'token' ? 1 : 0);
  };
  return [
    streams,
    NAMES[target] ?? target,
    `**${part('all', 'request')}**`,
    part('coordinator main', 'request'),
    part('coordinator storage', 'request'),
    part('node main', 'request'),
    `**${part('all', 'token')}**`,
    part('coordinator main', 'token'),
    part('node main', 'token'),
    costs['all']?.paced.toFixed(0) ?? '',
  ];
}

/** @param {Books} books */
function booksLine({ target, answered, tokens, wrong }) {
  const verdict =
    wrong.length > 0
      ? `**wrong**: ${wrong.join('; ')}`
      : 'ledger sum 0, nothing held, one signed receipt for each stream, every token charged once';
  return `- Books after ${answered} streams and ${tokens} tokens of prompts and answers (${NAMES[target]}): ${verdict}`;
}
