/** `npm run bench:page`: puts the last results of the benchmarks, and their plots, into docs/benchmarks.md. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embed } from '../bench/page.mjs';
import { ROOT } from './run-command.mjs';

const RESULTS = ['peers', 'accounts', 'scale'];
const PAGE = join(ROOT, 'docs', 'benchmarks.md');
const IMAGES = join(ROOT, 'docs', 'images');
const from = process.argv[2] ?? join(ROOT, 'bench', 'results');

let page = readFileSync(PAGE, 'utf8');
for (const name of RESULTS) {
  const file = join(from, `${name}.md`);
  if (existsSync(file)) page = embed(page, name, readFileSync(file, 'utf8'));
  else console.error(`${name}: not measured yet (npm run bench:${name}), left as it is`);
}
writeFileSync(PAGE, page);
mkdirSync(IMAGES, { recursive: true });
for (const plot of readdirSync(from).filter((file) => file.endsWith('.svg'))) {
  copyFileSync(join(from, plot), join(IMAGES, plot));
}
