/** The command line of the benchmark. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchNode24 } from './machine.mjs';

export const USAGE = `Measures the hot path against its floor.

npm run bench -- [options]

  --quick            one round of 2 s for each number of clients
  --clients <list>   numbers of clients (default 1,8,64,256)
  --rounds <n>       rounds of each (default 3)
  --seconds <n>      seconds of each window (default 4)
  --accounts <n>     accounts that the clients share (default 8)
  --floor <kind>     path: the coordinator's own HTTP server and frames (default); lean: bare Fastify and ws
  --node <path>      run every process with this Node.js
  --node24           run every process with Node.js 24 from npm (installed once into the cache)
  --node-flag <flag> pass a flag to the Node.js of servers and nodes, repeatable
  --home <folder>    keep the database here (default: a temporary folder)
  --database <url>   keep the books in this PostgreSQL database, which must be empty or a benchmark's own
  --out <folder>     write latest.md and latest.json here (default bench/results)
`;

export function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      clients: { type: 'string', default: '1,8,64,256' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      accounts: { type: 'string', default: '8' },
      floor: { type: 'string', default: 'path' },
      node: { type: 'string' },
      node24: { type: 'boolean', default: false },
      'node-flag': { type: 'string', multiple: true, default: [] },
      home: { type: 'string', default: tmpdir() },
      database: { type: 'string' },
      out: { type: 'string', default: new URL('./results', import.meta.url).pathname },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  return {
    counts: values.clients.split(',').map((text) => natural(text, '--clients')),
    rounds: natural(values.rounds ?? (quick ? '1' : '3'), '--rounds'),
    warmMs: quick ? 1000 : 2000,
    measureMs: natural(values.seconds ?? (quick ? '2' : '4'), '--seconds') * 1000,
    accounts: natural(values.accounts, '--accounts'),
    floor: oneOf(values.floor, ['path', 'lean'], '--floor'),
    node: values.node24 ? fetchNode24() : (values.node ?? process.execPath),
    nodeFlags: values['node-flag'],
    database: values.database,
    folder: mkdtempSync(join(values.home, 'plexus-bench-')),
    out: values.out,
  };
}

/** @param {string} text @param {readonly string[]} words @param {string} option */
function oneOf(text, words, option) {
  if (words.includes(text)) return text;
  throw new Error(`${option} takes ${words.join(' or ')}, not "${text}"`);
}

/** @param {string} text @param {string} option */
export function natural(text, option) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${option} takes whole numbers above zero, not "${text}"`);
}
