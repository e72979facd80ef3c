import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reasonOf } from '../interruption.ts';
import { runProcess } from '../process.ts';
import { RunError } from '../runner.ts';
import { withLock } from './install-lock.ts';
import { npmCommand, npmEnvironment } from './npm.ts';

const TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** An engine that is too large to be a dependency, and so is installed where it is wanted. */
export interface Engine {
  readonly label: string;
  /** What it takes on disk, for whoever waits for it. */
  readonly megabytes: number;
  /** Exact versions by package. */
  readonly packages: Readonly<Record<string, string>>;
}

export interface InstallOptions {
  /** The folder it shall be in, for example `~/.cache/plexus/llama-3.22.1`. */
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

export type Installation =
  | { readonly installed: true; readonly path: string }
  | { readonly installed: false; readonly reason: string };

/** Whether the folder holds an installation of exactly these versions. */
export async function findPackages(cacheDir: string, { label, packages }: Engine): Promise<Installation> {
  const wanted = Object.entries(packages);
  const versions = await Promise.all(wanted.map(([name]) => versionIn(cacheDir, name)));
  if (wanted.every(([, version], i) => version === versions[i])) return { installed: true, path: cacheDir };
  return { installed: false, reason: `${label} is not installed in ${cacheDir}` };
}

/**
 * Installs an engine from the npm registry, unless it is there. It is made in a folder beside and moved
 * into place when it is complete. Never throws: a node goes on without it.
 */
export async function installPackages(options: InstallOptions, engine: Engine): Promise<Installation> {
  const { cacheDir, signal } = options;
  try {
    const found = await findPackages(cacheDir, engine);
    if (found.installed) return found;
    await mkdir(dirname(cacheDir), { recursive: true });
    return await withLock({ path: `${cacheDir}.lock`, signal, timeoutMs: TIMEOUT_MS }, async () => {
      const foundNow = await findPackages(cacheDir, engine);
      return foundNow.installed ? foundNow : await installNow(options, engine);
    });
  } catch (error) {
    return { installed: false, reason: reasonOf(error) };
  }
}

async function installNow(options: InstallOptions, engine: Engine): Promise<Installation> {
  const { cacheDir, onProgress } = options;
  const prefix = `.${basename(cacheDir)}-`;
  await removeLeftovers(dirname(cacheDir), prefix);
  const folder = await mkdtemp(join(dirname(cacheDir), prefix));
  try {
    onProgress(`Installing ${engine.label} (about ${engine.megabytes} MB, once)`);
    const startedAt = performance.now();
    await runNpm(options, folder, engine);
    const made = await findPackages(folder, engine);
    if (!made.installed) return { installed: false, reason: 'npm ended well, but the packages are not there' };
    await rm(cacheDir, { recursive: true, force: true });
    await rename(folder, cacheDir);
    onProgress(`Installed ${engine.label} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    return { installed: true, path: cacheDir };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Folders of installations that were killed; whoever holds the lock is the only one at work. */
async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  const names = await readdir(parent);
  const leftovers = names.filter((name) => name.startsWith(prefix));
  await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

async function runNpm({ signal }: InstallOptions, folder: string, { packages }: Engine): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{"name":"plexus-engine","private":true}\n');
  const npm = npmCommand(process.env);
  const flags = [
    '--ignore-scripts',
    '--omit=optional',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const { exitCode, stderr } = await runProcess({
    command: npm.command,
    args: [...npm.args, 'install', ...flags, ...wanted],
    cwd: folder,
    env: npmEnvironment(process.env),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    signal,
  });
  if (exitCode !== 0) throw new RunError('ENGINE_FAILED', `npm failed: ${reasonOf(stderr)}`);
}

async function versionIn(folder: string, name: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(folder, 'node_modules', ...name.split('/'), 'package.json'), 'utf8');
    return (JSON.parse(text) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
