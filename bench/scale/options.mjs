/** The command line of the benchmark at scale. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchNode24 } from '../machine.mjs';
import { natural } from '../options.mjs';

/** @typedef {'nodes' | 'scheduling' | 'lists'} Part */
/** @type {readonly Part[]} */
const PARTS = ['nodes', 'scheduling', 'lists'];

export const USAGE = `Measures what grows with nodes and with history.

npm run bench:scale -- [options]

  --quick            200 nodes for 10 s, fewer slices, 100,000 jobs, fewer requests
  --only <parts>     of: ${PARTS.join(',')}
  --nodes <n>        connected idle nodes (default 1000)
  --seconds <n>      seconds in which they only send heartbeats (default 60)
  --live <list>      nodes among which the scheduler chooses (default 10,100,1000,10000)
  --slices <n>       slices of 20 ms CPU for each number of them and each kind of task (default 40)
  --rows <n>         jobs in the large database, beside 10,000 in the small one (default 1000000; about 2 GB)
  --requests <n>     requests for each page (default 300)
  --node <path>      run every process with this Node.js
  --node24           run every process with Node.js 24 from npm (installed once into the cache)
  --home <folder>    keep the databases here (default: a temporary folder)
  --out <folder>     write scale.md, scale.json and the plots here (default bench/results)
`;

/** @param {readonly string[]} [args] */
export function readOptions(args) {
  const { values } = parseArgs({
    ...(args && { args: [...args] }),
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: PARTS.join(',') },
      nodes: { type: 'string' },
      seconds: { type: 'string' },
      live: { type: 'string', default: '10,100,1000,10000' },
      slices: { type: 'string' },
      rows: { type: 'string' },
      requests: { type: 'string' },
      node: { type: 'string' },
      node24: { type: 'boolean', default: false },
      home: { type: 'string', default: tmpdir() },
      out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const natured = (
    /** @type {'nodes' | 'seconds' | 'slices' | 'rows' | 'requests'} */ name,
    /** @type {string} */ short,
    /** @type {string} */ full,
  ) => natural(values[name] ?? (quick ? short : full), `--${name}`);
  return {
    parts: partsOf(values.only),
    nodes: natured('nodes', '200', '1000'),
    idleMs: natured('seconds', '10', '60') * 1000,
    live: values.live.split(',').map((text) => natural(text, '--live')),
    slices: natured('slices', '8', '40'),
    rows: natured('rows', '100000', '1000000'),
    requests: natured('requests', '60', '300'),
    node: values.node24 ? fetchNode24() : (values.node ?? process.execPath),
    home: values.home,
    out: values.out,
  };
}

/** @param {string} list */
function partsOf(list) {
  const wanted = list.split(',');
  const unknown = wanted.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only takes ${PARTS.join(', ')}, not "${unknown}"`);
  return PARTS.filter((part) => wanted.includes(part));
}
