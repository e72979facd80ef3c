/** Turns the measurements at scale into Markdown and verdicts. */
import { table } from '../figures.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** How many times more it may cost with a hundred times as much. Source: issue 4. */
const MOST_TIMES = 1.5;
const FEW_NODES = 100;

/**
 * @typedef {{ scenario: string, costs: readonly { nodes: number, microseconds: number }[] }} Scheduling
 * @typedef {{ text: string, isMet: boolean }} Verdict
 * @typedef {object} Result
 * @property {string} when
 * @property {Record<string, any>} machine
 * @property {import('./nodes.mjs').IdleNodes} [nodes]
 * @property {readonly Scheduling[]} [scheduling]
 * @property {import('./lists.mjs').Lists} [lists]
 */

/** @param {Result} result @returns {readonly Verdict[]} */
export function verdictsOf({ scheduling = [], lists }) {
  const choices = scheduling.flatMap(({ scenario, costs }) => {
    const times = growthOf(costs);
    const most = Math.max(...costs.map(({ nodes }) => nodes));
    return times === undefined
      ? []
      : [verdict(`${SCENARIOS[scenario]?.label}, ${most} nodes over ${FEW_NODES}`, times)];
  });
  const pages = (lists?.pages ?? []).map(({ page, small, large }) =>
    verdict(`${page}, ${lists?.large.rows} jobs over ${lists?.small.rows}, median`, large.p50 / small.p50),
  );
  return [...choices, ...pages];
}

/** @param {string} what @param {number} times @returns {Verdict} */
function verdict(what, times) {
  return { text: `${what}: ${times.toFixed(2)} times (at most ${MOST_TIMES} asked)`, isMet: times <= MOST_TIMES };
}

/** What the most nodes cost, as times of a hundred. @param {Scheduling['costs']} costs */
function growthOf(costs) {
  const few = costs.find(({ nodes }) => nodes === FEW_NODES);
  const most = costs.toSorted((left, right) => right.nodes - left.nodes)[0];
  return few && most && most !== few ? most.microseconds / few.microseconds : undefined;
}

/** @param {Result} result */
export function markdownOf(result) {
  const { when, machine, nodes, scheduling, lists } = result;
  const { cpu, cores, memoryGib, kernel, node, fileSystem } = machine;
  const missed = verdictsOf(result).filter(({ isMet }) => !isMet);
  return [
    '# At scale',
    '',
    `Machine: ${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}, ${fileSystem}; Node.js ${node}; ${when.slice(0, 10)}`,
    '',
    ...(nodes ? nodeLines(nodes) : []),
    ...(scheduling ? schedulingLines(scheduling) : []),
    ...(lists ? listLines(lists) : []),
    ...(missed.length === 0
      ? [`- Met: everything is flat (at most ${MOST_TIMES} times)`]
      : missed.map(({ text }) => `- **Not met**: ${text}`)),
    '',
  ].join('\n');
}

const NODE_COLUMNS = [
  'nodes',
  'connected a second',
  'heap KiB a node',
  'RSS MiB without',
  'with them',
  'CPU without',
  'with them',
  'µs a node and second',
];

/** @param {import('./nodes.mjs').IdleNodes} idle */
function nodeLines({ nodes, connectedPerSecond, heapKibPerNode, ...idle }) {
  const figures = [
    nodes,
    connectedPerSecond.toFixed(0),
    heapKibPerNode.toFixed(1),
    idle.residentMibWithout.toFixed(0),
    idle.residentMibWith.toFixed(0),
    percent(idle.coresWithout),
    percent(idle.coresWith),
    idle.microsecondsPerNodeSecond.toFixed(0),
  ];
  return [
    '## Connected idle nodes',
    '',
    'The coordinator, while each node sends a heartbeat every 30 s and a ping every 5 s and is sent one; CPU is of one core.',
    '',
    ...table(NODE_COLUMNS, [figures]),
    '',
  ];
}

/** @param {readonly Scheduling[]} scheduling */
function schedulingLines(scheduling) {
  const counts = scheduling[0]?.costs.map(({ nodes }) => nodes) ?? [];
  return [
    '## A scheduling decision',
    '',
    'CPU in µs: whether a node could take the task, which one shall, its place taken and freed; by connected nodes.',
    '',
    ...table(
      ['', ...counts, `of ${FEW_NODES}`],
      scheduling.map(({ scenario, costs }) => [
        String(SCENARIOS[scenario]?.label),
        ...costs.map(({ microseconds }) => microseconds.toFixed(1)),
        growthOf(costs)?.toFixed(2) ?? '',
      ]),
    ),
    '',
  ];
}

/** @param {import('./lists.mjs').Lists} lists */
function listLines({ small, large, pages }) {
  const megabytes = `${small.rows} jobs take ${small.megabytes} MB, ${large.rows} ${large.megabytes} MB`;
  return [
    '## Pages among many jobs',
    '',
    `Over HTTP, one request at a time, 50 items a page, p50 / p99 in ms. Half of the jobs are the caller's. ${megabytes}.`,
    '',
    ...table(
      ['', `${small.rows} jobs`, `${large.rows} jobs`, 'median, times'],
      pages.map(({ page, small: few, large: many }) => [
        page,
        timesOf(few),
        timesOf(many),
        (many.p50 / few.p50).toFixed(2),
      ]),
    ),
    '',
  ];
}

/** @param {{ p50: number, p99: number }} times */
function timesOf({ p50, p99 }) {
  return `${p50.toFixed(2)} / ${p99.toFixed(2)}`;
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(2)} %`;
}
