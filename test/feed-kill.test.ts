/** Readers of `/ws` that come back with the last number they had, while the coordinator is killed again and again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FeedClient, type FeedNews } from './support/feed-client.ts';
import { call, isBuilt, kill, Processes, until } from './support/processes.ts';

const KILLS = 2;
let processes: Processes;

beforeEach(() => {
  processes = new Processes();
});
afterEach(() => processes.dispose());

interface Place {
  readonly url: string;
  readonly key: string;
}

/** A reader that is always there, as far as it can be: it comes back whenever its connection is cut. */
class LastingReader {
  private readonly past: FeedNews[] = [];
  private current: FeedClient | undefined;
  private readonly place: Place;
  /** After so many events it cuts its connection itself. */
  private readonly cutEvery: number;
  private isOver = false;
  private readonly running: Promise<void>;

  constructor(place: Place, cutEvery: number) {
    this.place = place;
    this.cutEvery = cutEvery;
    this.running = this.run();
  }

  /** What it heard of all its connections, in order. */
  get heard(): readonly FeedNews[] {
    return [...this.past, ...(this.current?.events ?? [])];
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isOver) await this.readOnce().catch(() => new Promise((resolve) => setTimeout(resolve, 20)));
  }

  private async readOnce(): Promise<void> {
    const since = this.past.at(-1)?.seq ?? 0;
    const { url, key } = this.place;
    using client = await FeedClient.open(url, { key, path: `/ws?since=${since}` });
    this.current = client;
    const { socket, events } = client;
    const isCut = () => this.isOver || socket.readyState !== socket.OPEN || events.length >= this.cutEvery;
    await until('the connection is cut', async () => isCut(), 120_000);
    this.current = undefined;
    this.past.push(...events);
  }
}

/** Clients that ask without a pause. */
function startLoad(url: string, key: string, lanes: number) {
  let isRunning = true;
  let answered = 0;
  const run = async (lane: number): Promise<void> => {
    for (let i = lane; isRunning; i++) {
      const task = { service: 'echo', content: 'x', params: { delay_ms: (i % 3) * 60 }, wait_seconds: i % 2 };
      const answer = await call(`${url}/plexus/v1/jobs`, key, task).catch(() => undefined);
      if (answer?.status === 201) answered += 1;
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const running = Array.from({ length: lanes }, (_, lane) => run(lane));
  return {
    answered: () => answered,
    stop: async () => {
      isRunning = false;
      await Promise.all(running);
    },
  };
}

/** Everything that is in the books, as a reader sees it that comes afterwards. */
async function readAll(place: Place, jobs: number): Promise<readonly FeedNews[]> {
  using client = await FeedClient.open(place.url, { key: place.key, path: '/ws?since=0' });
  await until('every job has its end', async () => endsIn(client.events).size >= jobs);
  await client.ask({ id: 'rest', type: 'ping' });
  return [...client.events];
}

function endsIn(events: readonly FeedNews[]): Set<string> {
  const ends = events.filter(({ data }) => ['completed', 'failed', 'cancelled'].includes(data.status));
  return new Set(ends.map(({ data }) => data.job_id));
}

it.skipIf(!isBuilt)(
  'a reader that comes back hears everything once and in order, though the coordinator is killed in between',
  async () => {
    let coordinator = await processes.startCoordinator(0);
    const { url, key } = coordinator;
    const port = Number(new URL(url).port);
    const flags = ['--echo-concurrency', '100', '--services', 'echo', '--no-llm-install'];
    await processes.startNode('worker', { url, key, flags });
    const client = (await call(`${url}/api/v1/register`, key, {})).body;
    await call(`${url}/plexus/v1/grants`, key, { account_id: client.node_id, credits: '100000' });
    const own = { url, key: client.api_key };
    const readers = [new LastingReader(own, Infinity), new LastingReader(own, 25), new LastingReader({ url, key }, 60)];
    const load = startLoad(url, client.api_key, 6);
    for (let round = 0; round < KILLS; round++) {
      const before = load.answered();
      await until('work goes on', async () => load.answered() > before + 30);
      await kill(coordinator.child);
      coordinator = await processes.startCoordinator(port);
    }
    const last = load.answered();
    await until('work goes on after the last restart', async () => load.answered() > last + 10);
    await load.stop();
    let jobs = 0;
    await until('every job has ended', async () => {
      const { body } = await call(`${url}/plexus/v1/jobs?limit=1000`, client.api_key);
      jobs = body.items.length;
      return body.items.every(({ state }: { state: string }) => state !== 'queued' && state !== 'running');
    });
    const all = await readAll(own, jobs);
    const end = all.at(-1)?.seq ?? 0;
    for (const reader of readers) {
      await until('a reader has everything', async () => reader.heard.at(-1)?.seq === end);
      await reader.stop();
    }
    const numbers = all.map(({ seq }) => seq);
    expect(numbers).toEqual(Array.from({ length: end }, (_, index) => index + 1));
    for (const { heard } of readers) expect(heard).toEqual(all);
    expect(endsIn(all).size).toBe(jobs);
  },
  180_000,
);
