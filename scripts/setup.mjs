/**
 * Brings the repository into a state in which it can run: dependencies installed, command line built. Each is
 * done only when something it is made from has changed, which takes some milliseconds to find out.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT, runCommand, runNpm } from './run-command.mjs';
import { step } from './step.mjs';

const INSTALL_STAMP = join(ROOT, 'node_modules', '.plexus-stamp');
const BUILD_STAMP = join(ROOT, 'node_modules', '.plexus-build');
const VENDOR = join(ROOT, 'vendor', 'typebox');
const BUNDLER = join(VENDOR, 'bundle.mjs');
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
/** The command line and the clients that users import: each brings along what it is made of. */
const PROGRAMS = ['cli', 'aitbc-client'].map((name) => join('packages', name));

export async function setUp() {
  await installDependencies();
  await buildProgram();
}

async function installDependencies() {
  const lock = join(ROOT, 'package-lock.json');
  const isLocked = existsSync(lock);
  const wanted = hashOf(isLocked ? [lock] : manifests());
  if (readText(INSTALL_STAMP) === wanted && existsSync(COMPILER)) return;
  const command = isLocked ? 'ci' : 'install';
  await must(`Installing dependencies (npm ${command})`, (onOutput) =>
    runNpm([command, '--no-audit', '--no-fund', '--loglevel=error'], { onOutput }),
  );
  // Without a lock file, npm has made one by now.
  writeFileSync(INSTALL_STAMP, hashOf(existsSync(lock) ? [lock] : manifests()));
}

async function buildProgram() {
  const wanted = fingerprint();
  if (readText(BUILD_STAMP) === wanted && [VENDOR, ...PROGRAMS].every(isBuilt)) return;
  await must('Building (tsc -b)', async (onOutput) => {
    const bundled = await runCommand(process.execPath, [BUNDLER], { onOutput });
    return bundled || runCommand(process.execPath, [COMPILER, '-b', ...PROGRAMS], { onOutput });
  });
  writeFileSync(BUILD_STAMP, wanted);
}

/** @param {string} folder */
function isBuilt(folder) {
  return existsSync(resolve(ROOT, folder, 'dist', 'index.js'));
}

/**
 * A step that everything after it needs; when it fails, what it printed is shown and the process ends.
 *
 * @param {string} what
 * @param {(onOutput: (text: string) => void) => Promise<number>} run
 */
async function must(what, run) {
  let output = '';
  const code = await step(what, () => run((text) => void (output += text)));
  if (code === 0) return;
  process.stderr.write(`${output}\n${what} failed with exit code ${code}.\n`);
  process.exit(1);
}

/** Changes when a source or a setting of the compiler is added, removed, renamed or written. */
function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  const settings = [join(ROOT, 'tsconfig.base.json'), BUNDLER, join(VENDOR, 'package.json')];
  for (const file of [...settings, ...packages().flatMap(sourcesOf)]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} folder */
function sourcesOf(folder) {
  const names = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, 'src', name));
  return [join(folder, 'tsconfig.json'), join(folder, 'package.json'), ...sources.toSorted()];
}

function packages() {
  const names = readdirSync(join(ROOT, 'packages')).toSorted();
  return names.map((name) => join(ROOT, 'packages', name)).filter((folder) => existsSync(join(folder, 'package.json')));
}

function manifests() {
  return [ROOT, VENDOR, ...packages()].map((folder) => join(folder, 'package.json'));
}

/** @param {readonly string[]} files */
function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** @param {string} file */
function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
