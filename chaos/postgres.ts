/** PostgreSQL as a part of the network that can be killed and stopped like any other. */
import type { Database } from './network.ts';
import { listProcesses } from './proc.ts';
import { sleep } from './wait.ts';

const RESTART_MS = 30_000;
const RETRY_MS = 100;

/** A server of the suite's own, as test/support/postgres.mjs starts it. */
export interface OwnServer {
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export function ownDatabase(server: OwnServer): Database {
  const { port } = new URL(server.url);
  return {
    name: 'postgresql',
    url: server.url,
    kill: () => server.kill(),
    restart: () => insist(() => server.restart()),
    signal: (name) => processesOf(port).forEach((pid) => process.kill(pid, name)),
  };
}

/** A connection that was just made may outlive its killed server for a moment, and hold what the new one needs. */
async function insist(start: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + RESTART_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** A server that others may need as well: nothing is done to it. */
export function foreignDatabase(url: string): Database {
  const never = () => Promise.reject(new Error(`${new URL(url).host} is not ours to kill`));
  return { name: 'postgresql', url, kill: never, restart: never, signal: () => undefined };
}

/** The server that was started with this port, and the processes that it started. */
function processesOf(port: string): readonly number[] {
  const all = listProcesses();
  const server = all.find(
    ({ commandLine }) => /\/postgres\0/.test(commandLine) && commandLine.includes(`\0-p\0${port}\0`),
  );
  return all.filter(({ pid, parent }) => server && (pid === server.pid || parent === server.pid)).map(({ pid }) => pid);
}
