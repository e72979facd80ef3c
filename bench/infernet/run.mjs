/**
 * `node bench/infernet/run.mjs [seconds] [clients,clients]`: an Infernet job from its POST to its end, with one external container that
 * echoes, through `plexus up` and through a bare Node.js server of the same shape, in turns.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { machineBusy, totalOf, cpuOf } from '../proc.mjs';
import { loadWith } from './load.mjs';

const CLIENTS = (process.argv[3] ?? '1,8,64').split(',').map(Number);
const SECONDS = Number(process.argv[2] ?? 5);
/** Until the node has found its engines and everything is compiled. */
const WARM_SECONDS = 8;
const CLI = new URL('../../packages/cli/bin/plexus.js', import.meta.url).pathname;

/** Asked of the network, in ms of CPU a job, of all its processes. */
const MAX_CPU_MS = 0.5;

/** @type {import('node:child_process').ChildProcess[]} */
const started = [];
/** The least that a job took of the network's processes. */
let best = Infinity;

/** Starts a program; its first line. @param {readonly string[]} args */
async function start(args) {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  for await (const line of createInterface(child.stdout)) {
    child.stdout.resume();
    return { pid: child.pid ?? 0, line };
  }
  throw new Error(`${args[0]} ended before it said anything`);
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function startPlexus(folder, container) {
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ containers: [{ id: 'box', url: container, concurrency: 64 }] }));
  const ports = ['coordinator', 'node', 'infernet'].flatMap((name) => [`--${name}-port`, '0']);
  const flags = ['--home', join(folder, 'home'), '--infernet-config', config, '--rate-limits', 'off'];
  const { pid, line } = await start([CLI, 'up', ...ports, ...flags, '--no-llm-install', '--json']);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  return { name: 'plexus', url: JSON.parse(line).infernet, pids: [pid, ...children] };
}

async function measure({ name, url, pids }, clients) {
  const used = () => pids.reduce((sum, pid) => sum + totalOf(cpuOf(pid)), 0);
  const [cpu, busy] = [used(), machineBusy()];
  const { jobs, seconds, latenciesMs } = await loadWith(url, { clients, seconds: SECONDS });
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2);
  const cpuMs = ((used() - cpu) * 1000) / jobs;
  const cores = ((machineBusy() - busy) / seconds).toFixed(2);
  if (name === 'plexus') best = Math.min(best, cpuMs);
  return `| ${name} | ${clients} | ${Math.round(jobs / seconds)} | ${at(0.5)} / ${at(0.99)} | ${cpuMs.toFixed(2)} | ${cores} |`;
}

const folder = await mkdtemp(join(tmpdir(), 'plexus-bench-infernet-'));
try {
  const container = await start([new URL('./container.mjs', import.meta.url).pathname]);
  const bare = await start([new URL('./bare.mjs', import.meta.url).pathname, container.line]);
  const targets = [{ name: 'bare', url: bare.line, pids: [bare.pid] }, await startPlexus(folder, container.line)];
  for (const { url } of targets) await loadWith(url, { clients: 8, seconds: WARM_SECONDS });
  console.log(
    '| server | clients | jobs/s | median / p99 ms | server CPU ms a job | cores busy |\n|---|---|---|---|---|---|',
  );
  for (const clients of CLIENTS) for (const target of targets) console.log(await measure(target, clients));
  const isMet = best <= MAX_CPU_MS;
  console.log(
    `\n- ${isMet ? 'Met' : '**Not met**'}: ${best.toFixed(2)} ms of server CPU a job (at most ${MAX_CPU_MS} asked)`,
  );
  process.exitCode = isMet ? 0 : 1;
} finally {
  await Promise.all(started.map(stop));
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
