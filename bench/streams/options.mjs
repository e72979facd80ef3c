/** The command line of the benchmark of streams. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchNode24 } from '../machine.mjs';
import { natural } from '../options.mjs';

/** All that is compared, in the order of what stands between client and engine. */
const TARGETS = /** @type {const} */ (['engine', 'proxy', 'plexus', 'inside']);

/** @typedef {(typeof TARGETS)[number]} TargetName */

export const USAGE = `Measures what the network adds to an engine's streams, beside a bare proxy.

npm run bench:streams -- [options]

  --quick              one round of 1 s for each cell
  --streams <list>     numbers of concurrent streams (default 1,8,32)
  --rounds <n>         rounds of each (default 3)
  --seconds <n>        seconds of each window (default 2)
  --tokens <n>         tokens of the long streams (default 400)
  --paced-tokens <n>   tokens of the paced streams (default 20)
  --pace <n>           tokens a second of each paced stream (default 100)
  --targets <list>     what to measure (default ${TARGETS.join(',')})
  --accounts <n>       accounts that the clients share (default 8)
  --node <path>        run every process with this Node.js
  --node24             run every process with Node.js 24 from npm (installed once into the cache)
  --node-flag=<flag>   pass a flag to the Node.js of all but the load generator, repeatable
  --home <folder>      keep the database here (default: a temporary folder)
  --out <folder>       write streams.md and streams.json here (default bench/results)
`;

export function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      streams: { type: 'string', default: '1,8,32' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      tokens: { type: 'string', default: '400' },
      'paced-tokens': { type: 'string', default: '20' },
      pace: { type: 'string', default: '100' },
      targets: { type: 'string', default: TARGETS.join(',') },
      accounts: { type: 'string', default: '8' },
      node: { type: 'string' },
      node24: { type: 'boolean', default: false },
      'node-flag': { type: 'string', multiple: true, default: [] },
      home: { type: 'string', default: tmpdir() },
      out: { type: 'string', default: new URL('../results', import.meta.url).pathname },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  return {
    counts: values.streams.split(',').map((text) => natural(text, '--streams')),
    targets: values.targets.split(',').map(targetOf),
    rounds: natural(values.rounds ?? (quick ? '1' : '3'), '--rounds'),
    warmMs: quick ? 300 : 600,
    measureMs: natural(values.seconds ?? (quick ? '1' : '2'), '--seconds') * 1000,
    tokens: { long: longer(values.tokens), paced: natural(values['paced-tokens'], '--paced-tokens') },
    pace: natural(values.pace, '--pace'),
    accounts: natural(values.accounts, '--accounts'),
    node: values.node24 ? fetchNode24() : (values.node ?? process.execPath),
    nodeFlags: values['node-flag'],
    folder: mkdtempSync(join(values.home, 'plexus-bench-')),
    out: values.out,
  };
}

/** @param {string} text @returns {TargetName} */
function targetOf(text) {
  const target = TARGETS.find((name) => name === text);
  if (target) return target;
  throw new Error(`--targets takes ${TARGETS.join(', ')}, not "${text}"`);
}

/** The cost of a token is found from streams of two lengths, one of which is 1. @param {string} text */
function longer(text) {
  const tokens = natural(text, '--tokens');
  if (tokens > 1 && tokens <= 4096) return tokens;
  throw new Error('--tokens takes 2 to 4096');
}
