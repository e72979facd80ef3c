/** Turns the measurements beside peers into Markdown. */
import { table } from '../figures.mjs';
import { totalOf } from '../proc.mjs';
import { CONTENDERS, NAMES } from './contenders.mjs';
import { timesOf } from './rows.mjs';

/** What other programs may take before it shows. */
const QUIET_CORES = 0.2;
const TRAITS = ['', 'comes in by', 'on disk with the result', 'does not do', 'set up'];

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./contenders.mjs').Name} Name
 * @typedef {object} Result
 * @property {string} when
 * @property {Record<string, any>} machine
 * @property {string} engine
 * @property {Readonly<Record<string, string>>} versions
 * @property {{ counts: readonly number[], rounds: number, warmMs: number, measureMs: number, accounts: number }} plan
 * @property {readonly Row[]} rows
 * @property {readonly import('./rows.mjs').Verdict[]} verdicts
 * @property {readonly { name: Name, answered: number, receipts: number, wrong: readonly string[] }[]} books
 */

/** @param {Result} result */
export function markdownOf(result) {
  const { rows, verdicts, books } = result;
  const names = NAMES.filter((name) => rows.some((row) => row.name === name));
  return [
    ...introductionOf(result),
    '',
    'Tasks a second, and in brackets the share of the floor.',
    '',
    ...tableByClients(result, names, rateOf),
    '',
    'From submitting a task to having its result, p50 / p99 in ms.',
    '',
    ...tableByClients(result, names, ({ cell }) => `${cell.p50.toFixed(2)} / ${cell.p99.toFixed(2)}`),
    '',
    ...costLines(result, names),
    '',
    ...table(
      TRAITS,
      names.map((name) => traitsOf(name, result)),
      '---',
    ),
    '',
    ...verdicts.map(({ text, isMet }) => `- ${isMet ? 'Met' : '**Not met**'}: ${text}`),
    ...distanceLines(rows),
    ...books.map(booksLine),
    '',
  ].join('\n');
}

/** @param {Result} result */
function introductionOf({ when, machine, engine, versions, plan, rows }) {
  const { cpu, cores, memoryGib, kernel, node, fileSystem, fsyncMs } = machine;
  const { rounds, measureMs, warmMs, accounts } = plan;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# A task in, its result out: beside the floor and other queues',
    '',
    'Each caller submits a task that echoes, waits for its result, checks it and submits the next. Ours and the floor take',
    'tasks by HTTP and run them in one node process; a queue takes them by its library in the process of the callers and runs',
    'them in one worker process. Everything that is stored is synced to the disk before the result is out.',
    'All run in turns; figures are medians over the rounds.',
    '',
    `- Machine: ${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}; databases on ${fileSystem}, ${fsyncMs.toFixed(2)} ms a sync`,
    `- ${[`Node.js ${node}, SQLite by ${engine}`, ...named].join(', ')}; ${when.slice(0, 10)}`,
    `- ${rounds} rounds of ${measureMs / 1000} s after ${warmMs / 1000} s of warm-up for each cell; ${accounts} accounts`,
    `- Everything runs on these cores, callers included; ${othersOf(rows)}`,
  ];
}

/** @param {readonly Row[]} rows */
function othersOf(rows) {
  const most = Math.max(...rows.map(({ cell }) => cell.othersCores));
  const text = `other programs took at most ${most.toFixed(2)} cores`;
  return most > QUIET_CORES ? `${text}: **figures are worse for it**` : text;
}

/** @param {Result} result @param {readonly Name[]} names @param {(row: Row) => string} write */
function tableByClients({ rows, plan }, names, write) {
  const heads = plan.counts.map((clients) => (clients === 1 ? '1 client' : `${clients} clients`));
  const lines = names.map((name) => {
    const cells = plan.counts.map((clients) => rows.find((row) => row.name === name && row.clients === clients));
    return [CONTENDERS[name].label, ...cells.map((row) => (row ? write(row) : ''))];
  });
  return table(['', ...heads], lines);
}

/** @param {Row} row */
function rateOf({ cell, ofFloor }) {
  const share = ofFloor === undefined ? '' : ` (${ofFloor.toFixed(3)})`;
  return `${cell.tasksPerSecond.toFixed(0)}${share}`;
}

/** @param {Result} result @param {readonly Name[]} names */
function costLines({ rows, plan }, names) {
  const clients = Math.max(...plan.counts);
  const lines = names.flatMap((name) => {
    const row = rows.find((each) => each.name === name && each.clients === clients);
    if (!row) return [];
    const { server, database, node, load } = row.cell.microseconds;
    const parts = [server, database, node, load].map(totalOf);
    const sum = parts.reduce((total, part) => total + part, 0);
    return [[CONTENDERS[name].label, ...[sum, ...parts].map((part) => (part === 0 ? '' : part.toFixed(0)))]];
  });
  return [
    `CPU in µs a task at ${clients} clients.`,
    '',
    ...table(['', 'all', 'coordinator', 'database server', 'node or worker', 'callers'], lines),
  ];
}

/** @param {Name} name @param {Result} result */
function traitsOf(name, { versions }) {
  const { label, queue, entrance, durable, lacks, setup } = CONTENDERS[name];
  const version = queue ? ` (${versions[queue.package]})` : '';
  return [`${label}${version}`, entrance, durable, lacks || '—', setup];
}

/** How far ours is from each queue. @param {readonly Row[]} rows */
function distanceLines(rows) {
  const queues = NAMES.filter((name) => CONTENDERS[name].queue);
  const counts = [...new Set(rows.map(({ clients }) => clients))];
  return queues.flatMap((name) => {
    const times = counts.flatMap((clients) => {
      const at = (/** @type {Name} */ who) => rows.find((row) => row.name === who && row.clients === clients);
      const ratio = timesOf(at('sqlite'), at(name));
      return ratio === undefined ? [] : [`${ratio.toFixed(2)} at ${clients}`];
    });
    return times.length === 0
      ? []
      : [`- Plexus on SQLite, times the throughput of ${CONTENDERS[name].label}: ${times.join(', ')} clients`];
  });
}

/** @param {Result['books'][number]} books */
function booksLine({ name, answered, receipts, wrong }) {
  const found =
    wrong.length > 0
      ? `**wrong**: ${wrong.join('; ')}`
      : `ledger sum 0, nothing held, ${receipts} signed receipts, each task charged once`;
  return `- ${CONTENDERS[name].label}, books after ${answered} answered tasks: ${found}`;
}
