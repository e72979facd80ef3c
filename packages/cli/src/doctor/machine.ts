/** What a machine must have before anything is started on it. */
import { access, constants, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { hasCode, rootMessage } from '@plexus/protocol';
import { DEFAULT_PORTS } from '../commands/serving.ts';
import type { EndpointFile } from '../endpoint-file.ts';
import { systemFailure } from '../system-failure.ts';
import { bad, type Examination, good, warning } from './check.ts';

/** Source: "engines" in package.json. */
const OLDEST_NODE = [20, 19] as const;
/** node:sqlite needs no flag from here on. */
const SQLITE_IN_NODE = [22, 13] as const;
const MIB = 1024 * 1024;
const LITTLE_DISK = 1024 * MIB;
const NO_DISK = 100 * MIB;
const PROBE_MS = 2000;

export function nodeVersion(): Examination {
  return {
    name: 'node.js',
    async run() {
      if (isSince(OLDEST_NODE)) return good(`${process.version} on ${process.platform} ${process.arch}`);
      return bad(`${process.version} is older than ${OLDEST_NODE.join('.')}`, 'npx --package=node@22 plexus doctor');
    },
  };
}

export function sqliteEngine(): Examination {
  return {
    name: 'sqlite',
    async run() {
      if (isSince(SQLITE_IN_NODE)) return good('node:sqlite, part of Node');
      try {
        // libsql belongs to storage, which only the coordinator knows.
        const coordinator = createRequire(import.meta.resolve('@plexus/coordinator'));
        const storage = createRequire(coordinator.resolve('@plexus/storage'));
        storage('libsql');
        return good('libsql');
      } catch {
        return bad('neither node:sqlite (Node 22.13) nor libsql can be loaded', 'npm install libsql');
      }
    },
  };
}

export function diskSpace(home: string): Examination {
  return {
    name: 'disk',
    async run() {
      const folder = await nearestFolder(home);
      const remedy = 'plexus up --home DIR';
      const unusable = await access(`${folder}/.`, constants.W_OK).catch((error: unknown) => error);
      if (unusable !== undefined) return bad(systemFailure(unusable, folder)?.message ?? rootMessage(unusable), remedy);
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      const text = `${Math.floor(free / MIB).toLocaleString('en')} MiB free in ${folder}`;
      if (free < NO_DISK) return bad(text, remedy);
      return free < LITTLE_DISK ? warning(text, remedy) : good(text);
    },
  };
}

export function port(name: keyof typeof DEFAULT_PORTS, running: EndpointFile | undefined): Examination {
  const number = DEFAULT_PORTS[name];
  return {
    name: `port ${number}`,
    async run() {
      if (await isFree(number)) return good('free');
      const url = `http://127.0.0.1:${number}`;
      if (running?.[name] === url) return good(`this network's ${name}`);
      return warning(await whoAnswers(url), `plexus up --${name}-port 0`);
    },
  };
}

function isSince([major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** The home may not have been made yet. */
async function nearestFolder(path: string): Promise<string> {
  try {
    await statfs(path);
    return path;
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(path) === path) throw error;
    return nearestFolder(dirname(path));
  }
}

function isFree(number: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (hasCode(error, 'EADDRINUSE') ? resolve(false) : reject(error)));
    server.listen(number, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function whoAnswers(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS), redirect: 'manual' });
    await response.body?.cancel();
    const server = response.headers.get('server');
    return `in use: an HTTP server${server === null ? '' : ` (${server})`} answers there`;
  } catch {
    return 'in use, and not by an HTTP server';
  }
}
