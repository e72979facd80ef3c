/** A throw-away PostgreSQL server in a temporary folder, to be killed and started again. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 60_000;
const STOP_MS = 20_000;
const POLL_MS = 10;
/** Another program may take the port between its choice and the server's start. */
const START_TRIES = 5;
const USER = 'plexus';
const DEBIAN = '/usr/lib/postgresql';
/** A folder in memory, where Linux has one. */
const MEMORY = '/dev/shm';

/** Where the server's programs are; undefined where PostgreSQL is not installed. */
export function findPostgres() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number).filter(Number.isInteger) : [];
  const newest = versions.toSorted((a, b) => b - a).map((version) => join(DEBIAN, String(version), 'bin'));
  const onPath = (process.env['PATH'] ?? '').split(':').filter(Boolean);
  return [...newest, ...onPath].find((folder) => existsSync(join(folder, 'initdb')));
}

/**
 * Makes a server of its own, with its own password, listening on 127.0.0.1, as durable as PostgreSQL is by default.
 *
 * @param {{ readonly settings?: Readonly<Record<string, string>>, readonly isDurable?: boolean }} [options] see
 *   postgres.d.mts
 */
export async function startPostgres({ settings = {}, isDurable = true } = {}) {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const folder = mkdtempSync(join(isDurable || !existsSync(MEMORY) ? tmpdir() : MEMORY, 'plexus-pg-'));
  const inAll = isDurable ? settings : { fsync: 'off', ...settings };
  const place = { bin, folder, user: ordinaryUser(), settings: inAll, password: randomBytes(12).toString('hex') };
  // The other user must be able to pass through the folder for temporary files, which may be root's own.
  if (place.user) chmodSync(tmpdir(), statSync(tmpdir()).mode | 0o011);
  try {
    await initialise(place);
    return await serve(place);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** @typedef {{ bin: string, folder: string, user: User | undefined, settings: Readonly<Record<string, string>>, password: string }} Place */
/** @typedef {{ uid: number, gid: number }} User */

/** PostgreSQL does not run as root: somebody else for that, and undefined for anybody who is not. */
function ordinaryUser() {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = ['postgres', 'nobody'].flatMap((name) => users.filter(([known]) => known === name))[0] ?? [];
  if (uid === undefined) throw new Error('Neither a user postgres nor nobody is there to run PostgreSQL as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** @param {Place} place */
async function initialise({ bin, folder, user, password }) {
  const passwordFile = join(folder, 'password');
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) for (const path of [folder, join(folder, 'data'), passwordFile]) chownSync(path, user.uid, user.gid);
  const auth = [`--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  // A language whose order is not that of the bytes, as servers usually have.
  const language = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];
  const args = ['--pgdata', join(folder, 'data'), ...auth, ...language, '--encoding=UTF8', '--no-sync'];
  const child = spawn(join(bin, 'initdb'), args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`initdb failed: ${errors}`);
}

/** @param {Place} place */
async function serve(place) {
  let { child, port } = await startAnywhere(place);
  process.once('exit', () => child.kill('SIGKILL'));

  async function kill() {
    const all = [Number(child.pid), ...childrenOf(Number(child.pid))];
    for (const pid of all) signal(pid, 'SIGKILL');
    await until('every process of PostgreSQL is gone', () => all.every((pid) => !isAlive(pid)));
  }

  async function restart() {
    if (isAlive(Number(child.pid))) await end(child);
    child = await launch(place, port);
  }

  async function stop() {
    if (isAlive(Number(child.pid))) await end(child);
    rmSync(place.folder, { recursive: true, force: true });
  }

  const url = `postgres://${USER}:${place.password}@127.0.0.1:${port}/postgres`;
  return { url, kill, restart, stop };
}

/** @param {Place} place */
async function startAnywhere(place) {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return { child: await launch(place, port), port };
    } catch (error) {
      if (tries === START_TRIES) throw error;
    }
  }
}

/** Starts the server and waits until it takes connections. @param {Place} place @param {number} port */
async function launch({ bin, folder, user, settings }, port) {
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', join(folder, 'data'), '-p', String(port), ...flags];
  const env = { ...process.env, LC_ALL: 'C' };
  const child = spawn(join(bin, 'postgres'), args, { ...user, env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = createInterface({ input: child.stderr });
  const said = /** @type {string[]} */ ([]);
  const ready = new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (said.length < 100) said.push(line);
      if (line.includes('ready to accept connections')) resolve(undefined);
    });
    child.once('exit', () => reject(new Error(`PostgreSQL ended: ${said.join('\n')}`)));
    setTimeout(() => reject(new Error(`PostgreSQL did not start: ${said.join('\n')}`)), START_MS).unref();
  });
  await ready.catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return child;
}

/** Ends it at once, as a crash would, but without a process left. @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  const gone = once(child, 'exit');
  child.kill('SIGQUIT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}

/** Processes that the server started: each is a leader of its own group. @param {number} parent */
function childrenOf(parent) {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && parentOf(pid) === parent);
}

/** @param {number} pid */
function parentOf(pid) {
  return Number(statOf(pid)[1]);
}

/** @param {number} pid */
function isAlive(pid) {
  const [state] = statOf(pid);
  return state !== undefined && state !== 'Z';
}

/** State and parent of a process; nothing when there is none. @param {number} pid */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** @param {string} what @param {() => boolean} check */
async function until(what, check) {
  const deadline = Date.now() + STOP_MS;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await sleep(POLL_MS);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
