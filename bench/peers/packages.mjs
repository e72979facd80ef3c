/** The queues' own packages, in the versions of `packages/package-lock.json`, installed once into the user's cache. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNpm } from '../../scripts/run-command.mjs';
import { step } from '../../scripts/step.mjs';

const HERE = fileURLToPath(new URL('./packages/', import.meta.url));
const LOCK = 'package-lock.json';
const INSTALL_MS = 300_000;

/** @returns {Promise<string>} the folder that holds `node_modules` */
export async function installPackages() {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'plexus');
  const hash = createHash('sha256').update(readFileSync(join(HERE, LOCK)));
  const folder = join(cache, `bench-peers-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(folder))
    await step('Installing the queues into the cache (npm ci, about 60 MB, once)', () => install(cache, folder));
  return folder;
}

/** Made beside and moved into place when complete. @param {string} cache @param {string} folder */
async function install(cache, folder) {
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, '.bench-peers-'));
  const forget = () => rmSync(making, { recursive: true, force: true });
  process.once('exit', forget);
  try {
    for (const name of ['package.json', LOCK]) copyFileSync(join(HERE, name), join(making, name));
    const flags = ['--prefix', making, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const code = await runNpm(['ci', ...flags], { timeoutMs: INSTALL_MS });
    if (code !== 0) throw new Error(`The queues cannot be installed: npm ci ended with code ${code}`);
    renameSync(making, folder);
  } finally {
    forget();
    process.off('exit', forget);
  }
}
