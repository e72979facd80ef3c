/**
 * A fleet of 1,000 workers, asked every 15 s: what asking them over HTTP costs for a while in real time, and what a
 * simulated day of it leaves in the database, written as the collector writes it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSeriesReads, packChunk, statsSince } from '@plexus/core';
import { createEgress } from '@plexus/egress';
import { createSqliteBooks } from '@plexus/storage';
import { Collector } from '../../packages/coordinator/dist/fleet/collector.js';
import { startSeriesKeeper } from '../../packages/coordinator/dist/fleet/series-keeper.js';
import { createStatsClient } from '../../packages/coordinator/dist/fleet/stats-client.js';
import { Watched } from '../../packages/coordinator/dist/fleet/watched.js';

const WORKERS = Number(process.env.PLEXUS_BENCH_WORKERS ?? 1000);
const LIVE_SECONDS = Number(process.env.PLEXUS_BENCH_SECONDS ?? 60);
const HOURS = Number(process.env.PLEXUS_BENCH_HOURS ?? 24);
const POLL_MS = 15_000;
const POLLS_AT_RISK = 5;
const POLLS_TOGETHER = 20;
const POLLS_AN_HOUR = 3_600_000 / POLL_MS;
/** Those whose turn is in one second are written together, as the collector does. */
const GROUP = Math.ceil(WORKERS / (POLL_MS / 1000));

/** How far it is; results go to stdout. */
const say = (text) => process.stderr.write(`${text}\n`);
const logger = { warn: () => undefined, error: console.error };

/** What a busy worker says: figures that move as real ones do. */
function reading(worker, poll) {
  const wave = Math.sin((poll + worker * 7) / 40);
  return {
    gpus: [{ utilizationPercent: 70 + 25 * wave, temperatureCelsius: 62 + Math.round(8 * wave), memoryUsedGb: 40 }],
    requests: poll * 3 + worker,
    failed: Math.floor(poll / 50),
    failedPercent: 1,
    busyMs: poll * 3 * 420 + Math.round(wave * 100),
    revenueParts: { worker: poll * 12_345_678 + worker },
    isEnabled: true,
  };
}

const home = mkdtempSync(join(tmpdir(), 'plexus-bench-fleet-'));
const path = join(home, 'plexus.db');
const sizeMb = () => statSync(path).size / 1e6;
const books = await createSqliteBooks({ path });

async function makeFleet(host, statsPort) {
  const now = new Date();
  const times = { createdAt: now, updatedAt: now };
  const participant = { wallet: 'w', rawWallet: '0:0', isActive: true, isOperator: false, ...times };
  await books.commit({ type: 'addParticipant', participant });
  const worker = { participantId: 1, instanceNumber: 0, host, statsPort, priceCoefficient: 1_000_000, isActive: true };
  for (let number = 1; number <= WORKERS; number++) {
    await books.commit({ type: 'addWorker', worker: { ...worker, name: `worker-${number}`, ...times } });
  }
}

async function live(ask) {
  const collector = new Collector({ books, ask, clock: () => new Date(), logger });
  await collector.start();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, LIVE_SECONDS * 1000));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1000;
  const polls = collector.seen().reduce((sum, { worker }) => sum + collector.points(worker.id).length, 0);
  await collector.close();
  return {
    seconds,
    polls_kept: polls,
    cpu_percent_of_a_core: (user + system) / 1e4 / seconds,
    rss_mb: process.memoryUsage().rss / 1e6,
  };
}

async function day(startMs) {
  const workers = await books.read.listWorkers({}, { limit: WORKERS, offset: 0 });
  const all = workers.map((worker) => new Watched(worker, { state: undefined, now: new Date(startMs), dueAtMs: 0 }));
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const polls = (HOURS * 3_600_000) / POLL_MS;
  for (let poll = 1; poll <= polls; poll++) {
    if (poll % POLLS_AN_HOUR === 0) say(`hour ${poll / POLLS_AN_HOUR} of ${HOURS} written, ${Math.round(sizeMb())} MB`);
    const at = new Date(startMs + poll * POLL_MS);
    for (let first = 0; first < all.length; first += GROUP) {
      const group = all.slice(first, first + GROUP);
      for (const one of group) one.take({ reading: reading(one.worker.id, poll) }, at);
      if (poll % POLLS_AT_RISK !== 0) continue;
      const chunks = group.map((one) => one.chunk());
      const states = group.map(({ state }) => state);
      await books.commit({ type: 'keepSeries', states, chunks: chunks.map(packChunk), removed: [] });
      if (poll % POLLS_TOGETHER === 0) group.forEach((one, index) => one.written(chunks[index]));
    }
  }
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  return {
    polls: polls * WORKERS,
    cpu_seconds: cpuSeconds,
    cpu_us_a_poll: (cpuSeconds * 1e6) / (polls * WORKERS),
    wall_seconds: (performance.now() - startedAt) / 1000,
    rss_mb: process.memoryUsage().rss / 1e6,
  };
}

/** The metrics of a day of one worker, as the API reads them. */
async function query(now) {
  const series = createSeriesReads({ read: books.read, live: { points: () => [] }, clock: () => now });
  const from = new Date(now.getTime() - 24 * 3_600_000);
  const times = [];
  let points = [];
  for (let worker = 1; worker <= 50; worker++) {
    const startedAt = performance.now();
    points = await series.since(worker, from);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return {
    points: points.length,
    median_ms: times[25],
    most_ms: times.at(-1),
    uptime: statsSince(points, from)?.uptimePercent,
  };
}

/** The workers' side is a process of its own, so that only the asking is measured. */
const answering = fork(new URL('answering.mjs', import.meta.url));
try {
  const [port] = await once(answering, 'message');
  await makeFleet('127.0.0.1', port);
  const ask = createStatsClient(createEgress({ allow: ['127.0.0.0/8'], allowHttp: true }));
  const print = (what, figures) => console.log(JSON.stringify({ what, ...figures }));
  say(`${WORKERS} workers are asked for ${LIVE_SECONDS} s`);
  print('live', await live(ask));
  const startMs = Date.parse('2025-01-15T00:00:00Z');
  print('day', await day(startMs));
  print('database', { mb: sizeMb() });
  const end = new Date(startMs + HOURS * 3_600_000);
  print('query of 24 h', await query(end));
  const startedAt = performance.now();
  const keeper = startSeriesKeeper({ books, logger, clock: () => new Date(end.getTime() + 26 * 3_600_000) });
  say('rolling it up');
  const gone = await keeper.roll();
  await keeper.close();
  print('rolled up', { chunks_gone: gone, seconds: (performance.now() - startedAt) / 1000, mb_free_again: sizeMb() });
} finally {
  answering.kill();
  await books.close();
  rmSync(home, { recursive: true, force: true });
}
