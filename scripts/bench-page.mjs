/** `npm run bench:page`: puts the last results of the benchmarks, and their plots, into docs/benchmarks.md. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embed } from '../bench/page.mjs';
import { ROOT } from './run-command.mjs';

/** Each result, and what its plots show. */
const RESULTS = {
  peers: { 'peers-throughput.svg': 'Tasks a second', 'peers-latency.svg': 'Median and 99th percentile' },
  accounts: {},
  scale: { 'scale-scheduling.svg': 'A scheduling decision', 'scale-pages.svg': 'Pages among many jobs' },
};
const PAGE = join(ROOT, 'docs', 'benchmarks.md');
const IMAGES = join(ROOT, 'docs', 'images');
const from = process.argv[2] ?? join(ROOT, 'bench', 'results');

let page = readFileSync(PAGE, 'utf8');
for (const [name, plots] of Object.entries(RESULTS)) {
  const file = join(from, `${name}.md`);
  if (!existsSync(file)) {
    console.error(`${name}: not measured yet (npm run bench:${name}), left as it is`);
    continue;
  }
  const images = Object.entries(plots).filter(([plot]) => existsSync(join(from, plot)));
  if (images.length > 0) mkdirSync(IMAGES, { recursive: true });
  for (const [plot] of images) copyFileSync(join(from, plot), join(IMAGES, plot));
  const shown = images.map(([plot, what]) => `![${what}](images/${plot})`);
  page = embed(page, name, [readFileSync(file, 'utf8'), ...shown].join('\n'));
}
writeFileSync(PAGE, page);
