/** Makes dist/ of TypeBox's modules, with its types as they are; does nothing when it is made of this version, and for these entries, already. */
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, 'dist');
const STAMP = join(DIST, '.made-of');
/** The package itself, under another name. */
const MODULES = 'typebox-modules';
const ENTRIES = ['compile', 'error', 'value'];

const require = createRequire(import.meta.url);
const version = require('./package.json').devDependencies[MODULES];
const wanted = [version, ...ENTRIES].join(' ');
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
  await build({
    cwd: HERE,
    input: { index: MODULES, ...Object.fromEntries(ENTRIES.map((name) => [name, `${MODULES}/${name}`])) },
    platform: 'node',
    output: { dir: DIST, format: 'esm', chunkFileNames: 'part-[hash].js', cleanDir: true },
  });
  copyTypes(dirname(require.resolve(MODULES)));
  writeFileSync(STAMP, wanted);
}

/** @param {string} modules */
function copyTypes(modules) {
  const isWanted = (/** @type {string} */ path) => path.endsWith('.d.mts') || statSync(path).isDirectory();
  cpSync(modules, DIST, { recursive: true, filter: isWanted });
}
