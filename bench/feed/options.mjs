import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { natural } from '../options.mjs';

/** A short task tells three updates of its job. */
const UPDATES_PER_TASK = 3;

export const USAGE = `Measures readers of the feed during a steady stream of tasks.

npm run bench:feed -- [options]

  --readers <n>   readers at once (default 500)
  --updates <n>   job updates a second (default 1000)
  --seconds <n>   seconds of each measurement (default 20)
  --out <folder>  write feed.md and feed.json here (default bench/results)
`;

export function readOptions() {
  const { values } = parseArgs({
    options: {
      readers: { type: 'string', default: '500' },
      updates: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '20' },
      out: { type: 'string', default: new URL('../results', import.meta.url).pathname },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    readers: natural(values.readers, '--readers'),
    tasksPerSecond: natural(values.updates, '--updates') / UPDATES_PER_TASK,
    milliseconds: natural(values.seconds, '--seconds') * 1000,
    folder: mkdtempSync(join(tmpdir(), 'plexus-bench-')),
    out: values.out,
  };
}
