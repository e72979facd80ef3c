/** Where the benchmark runs: the machine, its disk, and another Node.js to run it with. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, fdatasyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, homedir, release, totalmem } from 'node:os';
import { join } from 'node:path';

const SYNCS = 200;
const PAGE_BYTES = 4096;
const INSTALL_MS = 300_000;

/** @param {string} folder where the database is @param {string} node */
export function describeMachine(folder, node) {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    fileSystem: fileSystemOf(folder),
    fsyncMs: fsyncMs(folder),
  };
}

/** The type of the file system that holds a folder. */
function fileSystemOf(/** @type {string} */ folder) {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at = '']) => folder === at || folder.startsWith(at.endsWith('/') ? at : `${at}/`))
    .toSorted((left, right) => String(right[1]).length - String(left[1]).length);
  return mounts[0]?.[2] ?? 'unknown';
}

/** Milliseconds to bring one more page of a file onto the disk: the median, as a commit pays it. */
function fsyncMs(/** @type {string} */ folder) {
  const file = join(folder, 'fsync-probe');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const descriptor = openSync(file, 'w');
  const times = [];
  for (let sync = 0; sync < SYNCS; sync++) {
    const begunAt = performance.now();
    writeSync(descriptor, page);
    fdatasyncSync(descriptor);
    times.push(performance.now() - begunAt);
  }
  closeSync(descriptor);
  rmSync(file);
  return times.toSorted((left, right) => left - right)[SYNCS / 2] ?? 0;
}

/** The Node.js 24 that npm carries, installed once into the user's cache; answers with its path. */
export function fetchNode24() {
  const name = `node-linux-${process.arch}`;
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'plexus', 'node-24');
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const flags = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  execFileSync('npm', ['install', ...flags, `${name}@24`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_MS,
  });
  return binary;
}
