/** Redis, whose every write is on disk before it is answered, as ours is. Ends with this process, and so with the benchmark. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';

const STOP_MS = 10_000;

const { folder, program } = settingsOfChild();
const port = await freePort();
/** Each write synced; no snapshots and no rewriting of the log, which would only take CPU. */
const settings = {
  bind: '127.0.0.1',
  port: String(port),
  dir: folder,
  appendonly: 'yes',
  appendfsync: 'always',
  save: '',
  'auto-aof-rewrite-percentage': '0',
};
const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
// A group of its own: Ctrl-C reaches the benchmark, which says in which order to stop.
const redis = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise((resolve) => redis.once('close', resolve));
process.once('exit', () => redis.kill('SIGKILL'));

serveParent({ stop });
// From here on there is something to close.
tellParent({ type: 'opening' });
await isReady();
tellParent({ type: 'ready', url: `redis://127.0.0.1:${port}` });

async function stop() {
  const timer = setTimeout(() => redis.kill('SIGKILL'), STOP_MS);
  redis.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

/** @returns {Promise<void>} settled when it takes connections */
function isReady() {
  let printed = '';
  return new Promise((resolve, reject) => {
    redis.once('error', reject);
    redis.once('exit', () => reject(new Error(`${program} ended: ${printed}`)));
    redis.stdout.on('data', (data) => {
      printed = (printed + data).slice(-10_000);
      if (printed.includes('Ready to accept connections')) resolve();
    });
  });
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return free;
}
