import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reasonOf } from '../interruption.ts';
import { runProcess } from '../process.ts';
import { RunError } from '../runner.ts';
import { withLock } from './install-lock.ts';
import { npmCommand, npmEnvironment } from './npm.ts';

const VERSION = '3.22.1';
export const LLAMA_ENGINE = `node-llama-cpp ${VERSION}`;
const TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Packages with a build of llama.cpp that needs no more than the machine has: CPU, and Metal on Apple's. */
const BINARIES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-armv7l',
  'linux-riscv64': 'linux-riscv64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

export interface InstallOptions {
  /** The folder it shall be in, for example `~/.cache/plexus/llama-3.22.1`. */
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

export type Installation =
  | { readonly installed: true; readonly path: string }
  | { readonly installed: false; readonly reason: string };

/** The name of the package with the binaries for a platform, if there is one. */
export function binaryPackage(platform: string, arch: string): string | undefined {
  const name = BINARIES[`${platform}-${arch}`];
  return name === undefined ? undefined : `@node-llama-cpp/${name}`;
}

/** Whether the folder holds an installation of exactly this version with binaries for this machine. */
export async function findLlama(cacheDir: string): Promise<Installation> {
  const binaries = binaryPackage(process.platform, process.arch);
  if (binaries === undefined) {
    return { installed: false, reason: `llama.cpp has no build for ${process.platform} on ${process.arch}` };
  }
  const versions = await Promise.all(['node-llama-cpp', binaries].map((name) => versionIn(cacheDir, name)));
  if (versions.every((version) => version === VERSION)) return { installed: true, path: cacheDir };
  return { installed: false, reason: `${LLAMA_ENGINE} is not installed in ${cacheDir}` };
}

/**
 * Installs llama.cpp for Node, about 85 MB from the npm registry, unless it is there. It is made in a
 * folder beside and moved into place when it is complete. Never throws: a node goes on without it.
 */
export async function installLlama(options: InstallOptions): Promise<Installation> {
  const { cacheDir, signal } = options;
  try {
    const found = await findLlama(cacheDir);
    const binaries = binaryPackage(process.platform, process.arch);
    if (found.installed || binaries === undefined) return found;
    await mkdir(dirname(cacheDir), { recursive: true });
    return await withLock({ path: `${cacheDir}.lock`, signal, timeoutMs: TIMEOUT_MS }, async () => {
      const foundNow = await findLlama(cacheDir);
      return foundNow.installed ? foundNow : await installNow(options, binaries);
    });
  } catch (error) {
    return { installed: false, reason: reasonOf(error) };
  }
}

async function installNow(options: InstallOptions, binaries: string): Promise<Installation> {
  const { cacheDir, onProgress } = options;
  const prefix = `.${basename(cacheDir)}-`;
  await removeLeftovers(dirname(cacheDir), prefix);
  const folder = await mkdtemp(join(dirname(cacheDir), prefix));
  try {
    onProgress(`Installing ${LLAMA_ENGINE} (about 85 MB, once)`);
    const startedAt = performance.now();
    await runNpm(options, folder, binaries);
    const made = await findLlama(folder);
    if (!made.installed) return { installed: false, reason: 'npm ended well, but the packages are not there' };
    await rm(cacheDir, { recursive: true, force: true });
    await rename(folder, cacheDir);
    onProgress(`Installed ${LLAMA_ENGINE} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
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

async function runNpm({ signal }: InstallOptions, folder: string, binaries: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{"name":"plexus-llama","private":true}\n');
  const npm = npmCommand(process.env);
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const { exitCode, stderr } = await runProcess({
    command: npm.command,
    args: [...npm.args, 'install', ...flags, `node-llama-cpp@${VERSION}`, `${binaries}@${VERSION}`],
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
