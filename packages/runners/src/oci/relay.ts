/** A way into a container that has no network: a process that stands in its empty network and listens outside of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../sandbox/programs.ts';
import { makeScratch } from '../scratch.ts';
import { EngineError } from './engine-error.ts';

const START_MS = 10_000;
const MAX_SAID = 1000;

/** Ends when its standard input does, and so with whoever started it. */
const PROGRAM = `
const net = require('node:net');
const [path, port] = process.argv.slice(1);
const server = net.createServer({ allowHalfOpen: true }, (outside) => {
  const inside = net.connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true });
  const end = () => { outside.destroy(); inside.destroy(); };
  outside.on('error', end).on('close', end);
  inside.on('error', end).on('close', end);
  outside.pipe(inside).pipe(outside);
});
server.listen(path, () => process.stdout.write('ready'));
process.stdin.resume().on('end', () => process.exit(0)).on('error', () => process.exit(0));
`;

export interface Relay {
  /** A unix socket of this machine whose connections lead to the container's port. */
  readonly socketPath: string;
  close(): Promise<void>;
}

/** Why no way can be made into a container without a network, if so. */
async function relayObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'that needs root on Linux';
  return (await findProgram('nsenter')) === undefined ? 'that needs nsenter (apt-get install util-linux)' : undefined;
}

/**
 * Opens a way to a port of the network in which a process is.
 *
 * @throws {EngineError}
 */
export async function openRelay(pid: number, port: number): Promise<Relay> {
  const obstacle = await relayObstacle();
  if (obstacle !== undefined) throw new EngineError(`A container without a network cannot be reached: ${obstacle}`);
  const folder = await makeScratch('relay');
  const socketPath = join(folder, 'service.sock');
  const nsenter = (await findProgram('nsenter')) ?? 'nsenter';
  const args = ['-t', String(pid), '-n', '--', process.execPath, '-e', PROGRAM, socketPath, String(port)];
  const child = spawn(nsenter, args, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
  const close = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(child);
    return { socketPath, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function untilListening(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-MAX_SAID)));
  child.stdin?.on('error', () => undefined);
  const signal = AbortSignal.timeout(START_MS);
  try {
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new EngineError(said.trim());
    });
    await Promise.race([once(child.stdout ?? child, 'data', { signal }), ended]);
    ended.catch(() => undefined);
  } catch (error) {
    throw new EngineError(`No way could be opened into a container: ${said.trim()}`, undefined, { cause: error });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
