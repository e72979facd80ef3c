import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../sandbox/programs.ts';
import { EngineError } from './engine-error.ts';
import type { KeptProcess } from './keep-up.ts';
import { isAnswering } from './ping.ts';

const START_MS = 20_000;
const POLL_MS = 50;
const END_MS = 1000;
const MAX_SAID = 2000;

export interface PodmanPlace {
  /** The program. */
  readonly podman: string;
  /** Its containers.conf. */
  readonly config: string;
  /** Where it is to listen; what an earlier one has left there is removed. */
  readonly socketPath: string;
}

/**
 * Starts one process of Podman's service, and waits until it answers.
 *
 * @throws {EngineError} when it does not; whatever the signal says when it aborts
 */
export async function startPodmanProcess(place: PodmanPlace, signal: AbortSignal): Promise<KeptProcess> {
  await rm(place.socketPath, { force: true });
  const child = await start(place);
  const close = (): Promise<void> => end(child);
  try {
    await untilReady(child, place.socketPath, signal);
    return { ended: endOf(child), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start({ podman, config, socketPath }: PodmanPlace): Promise<ChildProcess> {
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

async function endOf(child: ChildProcess): Promise<string> {
  if (!hasEnded(child)) await once(child, 'exit');
  return child.signalCode ?? `exit code ${child.exitCode}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended.finally(() => clearTimeout(timer));
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
