/** The command line of the benchmark of one account beside many. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchNode24 } from '../machine.mjs';
import { natural } from '../options.mjs';

export const USAGE = `Measures tasks that are all billed to one account beside tasks of many accounts, in turns.

npm run bench:accounts -- [options]

  --quick            two pairs of 2,000 tasks
  --tasks <n>        tasks of each measurement (default 10000)
  --clients <n>      clients that send them (default 256)
  --accounts <n>     the many accounts (default 1000)
  --pairs <n>        measurements of each (default 5)
  --node <path>      run every process with this Node.js
  --node24           run every process with Node.js 24 from npm (installed once into the cache)
  --home <folder>    keep the database here (default: a temporary folder)
  --database <url>   keep the books in this empty PostgreSQL database
  --out <folder>     write accounts.md and accounts.json here (default bench/results)
`;

/** @param {readonly string[]} [args] */
export function readOptions(args) {
  const { values } = parseArgs({
    ...(args && { args: [...args] }),
    options: {
      quick: { type: 'boolean', default: false },
      tasks: { type: 'string' },
      clients: { type: 'string', default: '256' },
      accounts: { type: 'string', default: '1000' },
      pairs: { type: 'string' },
      node: { type: 'string' },
      node24: { type: 'boolean', default: false },
      home: { type: 'string', default: tmpdir() },
      database: { type: 'string' },
      out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  return {
    tasks: natural(values.tasks ?? (quick ? '2000' : '10000'), '--tasks'),
    clients: natural(values.clients, '--clients'),
    accounts: natural(values.accounts, '--accounts'),
    pairs: natural(values.pairs ?? (quick ? '2' : '5'), '--pairs'),
    node: values.node24 ? fetchNode24() : (values.node ?? process.execPath),
    home: values.home,
    database: values.database,
    out: values.out,
  };
}
