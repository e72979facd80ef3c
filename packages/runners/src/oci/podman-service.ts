import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../sandbox/programs.ts';
import { makeScratch } from '../scratch.ts';
import { findCeilings } from './ceilings.ts';
import { EngineError } from './engine-error.ts';
import { podmanConfig, type PodmanFacts } from './podman-config.ts';
import { isAnswering } from './ping.ts';
import { narrowerProfile } from './seccomp-profile.ts';

/** Source: containers-common, seccomp.json(5). */
const OWN_PROFILE = '/usr/share/containers/seccomp.json';
const START_MS = 20_000;
const POLL_MS = 50;
const END_MS = 1000;
const MAX_SAID = 2000;

/** A Podman that serves Docker's API to this process alone. */
export interface PodmanService {
  readonly socketPath: string;
  close(): Promise<void>;
}

/**
 * Starts Podman's service on a socket of its own. It ends with this process, however that ends.
 *
 * @returns undefined where Podman is not installed
 * @throws {EngineError}
 */
export async function startPodman(signal: AbortSignal): Promise<PodmanService | undefined> {
  const podman = await findProgram('podman');
  if (podman === undefined) return undefined;
  const folder = await makeScratch('podman');
  const config = join(folder, 'containers.conf');
  const socketPath = join(folder, 'podman.sock');
  await writeFile(config, podmanConfig(await examineHost(folder)));
  const child = await start(podman, socketPath, config);
  const close = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child, socketPath, signal);
    return { socketPath, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(podman: string, socketPath: string, config: string): Promise<ChildProcess> {
  const service = [podman, 'system', 'service', '--time=0', `unix://${socketPath}`];
  const setpriv = await findProgram('setpriv');
  const [command = podman, ...args] =
    setpriv === undefined ? service : [setpriv, '--pdeathsig', 'TERM', '--', ...service];
  return spawn(command, args, {
    env: { ...keptEnvironment(), CONTAINERS_CONF: config },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: false,
  });
}

/** Nothing of the node's own environment, where keys may be, except what Podman finds its places by. */
function keptEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'USER', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'TMPDIR'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

async function untilReady(child: ChildProcess, socketPath: string, signal: AbortSignal): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-MAX_SAID)));
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code) => (failure ??= `it ended with exit code ${code}`));
  for (const deadline = Date.now() + START_MS; Date.now() < deadline;) {
    if (failure !== undefined) throw new EngineError(`Podman's service does not start: ${failure} ${said}`.trim());
    if (await isAnswering(socketPath, signal)) return;
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new EngineError(`Podman's service does not answer within ${START_MS / 1000} s: ${said}`.trim());
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended.finally(() => clearTimeout(timer));
}

async function examineHost(folder: string): Promise<PodmanFacts> {
  const unified = await readFile('/sys/fs/cgroup/unified/cgroup.controllers', 'utf8').catch(() => undefined);
  return {
    isHybrid: unified !== undefined,
    hasRunc: (await findProgram('runc')) !== undefined,
    hasSystemd: await access('/run/systemd/system').then(
      () => true,
      () => false,
    ),
    ceilings: await findCeilings(),
    seccompProfile: await writeProfile(folder),
  };
}

/** The profile that Podman has is made narrower; where it has none that is understood, it stays as it is. */
async function writeProfile(folder: string): Promise<string | undefined> {
  const own = await readFile(OWN_PROFILE, 'utf8').catch(() => '');
  const narrower = narrowerProfile(own);
  if (narrower === undefined) return undefined;
  const path = join(folder, 'seccomp.json');
  await writeFile(path, narrower);
  return path;
}
