/** The command line of the benchmark beside peers. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchNode24 } from '../machine.mjs';
import { natural } from '../options.mjs';
import { NAMES } from './contenders.mjs';

export const USAGE = `Measures the hot path beside its floor and beside queues that others use, in turns.

npm run bench:peers -- [options]

  --quick            one round of 2 s for each number of clients
  --only <names>     of: ${NAMES.join(',')}
  --clients <list>   numbers of clients (default 1,8,64)
  --rounds <n>       rounds of each (default 3)
  --seconds <n>      seconds of each window (default 4)
  --accounts <n>     accounts that the clients share (default 8)
  --node <path>      run every process with this Node.js
  --node24           run every process with Node.js 24 from npm (installed once into the cache)
  --home <folder>    keep the databases here (default: a temporary folder)
  --out <folder>     write peers.md, peers.json and the plots here (default bench/results)

Redis and PostgreSQL must be installed (Debian: redis-server, postgresql); the queues come from npm, once, into the cache.
`;

/** @param {readonly string[]} [args] */
export function readOptions(args) {
  const { values } = parseArgs({
    ...(args && { args: [...args] }),
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: NAMES.join(',') },
      clients: { type: 'string', default: '1,8,64' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      accounts: { type: 'string', default: '8' },
      node: { type: 'string' },
      node24: { type: 'boolean', default: false },
      home: { type: 'string', default: tmpdir() },
      out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  return {
    names: namesOf(values.only),
    counts: values.clients.split(',').map((text) => natural(text, '--clients')),
    rounds: natural(values.rounds ?? (quick ? '1' : '3'), '--rounds'),
    warmMs: quick ? 1000 : 2000,
    measureMs: natural(values.seconds ?? (quick ? '2' : '4'), '--seconds') * 1000,
    accounts: natural(values.accounts, '--accounts'),
    node: values.node24 ? fetchNode24() : (values.node ?? process.execPath),
    home: values.home,
    out: values.out,
  };
}

/** In the order of the table. @param {string} list */
function namesOf(list) {
  const wanted = list.split(',');
  const unknown = wanted.find((name) => !NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--only takes names of ${NAMES.join(', ')}, not "${unknown}"`);
  return NAMES.filter((name) => wanted.includes(name));
}
