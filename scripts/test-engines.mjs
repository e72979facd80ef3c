/** `npm run test:engines`: installs real engines, and runs every test that needs one. A skip is a failure here. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

const DEBIAN_PACKAGES = [
  'aardvark-dns',
  'apertium',
  'apertium-eng-spa',
  'blender',
  'bubblewrap',
  'catatonit',
  'chromium',
  'ffmpeg',
  'flite',
  'iptables',
  'netavark',
  'pocketsphinx',
  'pocketsphinx-en-us',
  'podman',
  'postgresql',
  'python3',
  'python3-numpy',
  'redis-server',
  'runc',
];
/** Where the tests and nodes look for llama.cpp, too. */
const LLAMA_FOLDER = 'llama-3.22.1';
const LIMIT_MS = 20 * 60_000;

requireNode();
const { ROOT, runCommand } = await import('./run-command.mjs');
const { setUp } = await import('./setup.mjs');
const { step } = await import('./step.mjs');
const { runVitest, skippedSuites } = await import('./vitest-run.mjs');

await setUp();
await installDebianPackages();
const llamaDir = await installEngine();
const env = { ...process.env, PLEXUS_REQUIRE_ENGINES: '1', PLEXUS_LLAMA_DIR: llamaDir };
const folders = ['packages/runners/test', 'test/engines'].filter((folder) => existsSync(join(ROOT, folder)));
const { code, tests } = await runVitest([...folders, ...process.argv.slice(2)], { env, timeoutMs: LIMIT_MS });
const skipped = skippedSuites(tests);
for (const suite of skipped) console.error(`SKIPPED, which is a failure here: ${suite}`);
process.exitCode = code === 0 && skipped.length === 0 && tests.length > 0 ? 0 : 1;

async function installDebianPackages() {
  if (await areInstalled()) return;
  const install = `apt-get install ${DEBIAN_PACKAGES.join(' ')}`;
  if (process.getuid?.() !== 0) {
    return giveUp(`These tests need Debian packages, and only root can install them: ${install}`);
  }
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const apt = async (/** @type {readonly string[]} */ args) => {
    let output = '';
    const onOutput = (/** @type {string} */ text) => void (output += text);
    const exitCode = await runCommand('apt-get', args, { ...options, onOutput });
    if (exitCode !== 0) giveUp(`apt-get ${args.join(' ')} failed:\n${output}`);
  };
  await step('Updating the package lists (apt-get update)', () => apt(['update']));
  await step(`Installing (${install})`, () => apt(['install', '-y', '--no-install-recommends', ...DEBIAN_PACKAGES]));
}

async function areInstalled() {
  let output = '';
  const onOutput = (/** @type {string} */ text) => void (output += text);
  const query = ['--show', '--showformat=${db:Status-Abbrev}\n', ...DEBIAN_PACKAGES];
  const exitCode = await runCommand('dpkg-query', query, { onOutput }).catch(() => 1);
  return (
    exitCode === 0 &&
    output
      .trim()
      .split('\n')
      .every((line) => line.startsWith('ii'))
  );
}

/** Installs llama.cpp in the way in which a node does it. */
async function installEngine() {
  const { installLlama } = await import(new URL('../packages/runners/dist/index.js', import.meta.url).href);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const cacheDir = join(cache, 'plexus', LLAMA_FOLDER);
  const signal = AbortSignal.timeout(LIMIT_MS);
  const made = await installLlama({
    cacheDir,
    signal,
    onProgress: (/** @type {string} */ text) => console.error(text),
  });
  if (!made.installed) giveUp(`llama.cpp cannot be installed: ${made.reason}`);
  return cacheDir;
}

/** @param {string} why @returns {never} */
function giveUp(why) {
  console.error(why);
  process.exit(1);
}
