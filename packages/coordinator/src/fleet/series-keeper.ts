import { type Books, packChunk, ROLL_UPS, type RollUp, rollUp, type SeriesChunk } from '@plexus/core';
import type { Logger } from 'pino';

const ROLL_EVERY_MS = 3_600_000;
/** The first round waits until what started with the coordinator has settled. */
const FIRST_ROLL_MS = 60_000;
const PAGE = 1000;
const BEGINNING = new Date(0);

export interface SeriesKeeperDeps {
  readonly books: Books;
  readonly clock: () => Date;
  readonly logger: Logger;
}

/** Keeps series small: what is old becomes coarser, once an hour. */
export interface SeriesKeeper {
  /** Rolls up all that is old enough now. @returns chunks that went */
  roll(): Promise<number>;
  close(): Promise<void>;
}

export function startSeriesKeeper({ books, clock, logger }: SeriesKeeperDeps): SeriesKeeper {
  let isClosing = false;
  let rolling: Promise<unknown> = Promise.resolve();

  async function rollOne(workerId: number): Promise<number> {
    let gone = 0;
    for (const step of ROLL_UPS) if (!isClosing) gone += await rollWorker(books, workerId, { step, now: clock() });
    return gone;
  }

  async function roll(): Promise<number> {
    let gone = 0;
    for (let offset = 0; !isClosing; offset += PAGE) {
      const workers = await books.read.listWorkers({}, { limit: PAGE, offset });
      for (const { id } of workers) gone += await rollOne(id);
      if (workers.length < PAGE) break;
    }
    return gone;
  }

  const tick = (): void => {
    rolling = roll().catch((error: unknown) => logger.error({ err: error }, 'old figures of workers are kept'));
  };
  const first = setTimeout(tick, FIRST_ROLL_MS).unref();
  const timer = setInterval(tick, ROLL_EVERY_MS).unref();
  return {
    roll,
    async close() {
      isClosing = true;
      clearTimeout(first);
      clearInterval(timer);
      await rolling;
    },
  };
}

/** Whole spans only; a chunk that reaches beyond one is joined with what is there already of the next. */
async function rollWorker(
  { read, commit }: Pick<Books, 'read' | 'commit'>,
  workerId: number,
  { step, now }: { readonly step: RollUp; readonly now: Date },
): Promise<number> {
  const before = new Date(Math.floor((now.getTime() - step.afterMs) / step.spanMs) * step.spanMs);
  const old = await read.listChunks(workerId, step.from, BEGINNING, before);
  const [first] = old;
  if (!first) return 0;
  const from = new Date(Math.floor(first.startAt.getTime() / step.spanMs) * step.spanMs);
  const there = await read.listChunks(workerId, step.to, from, now);
  const points = pointsOf([...there, ...old]).toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const chunks = rollUp(workerId, points, step).map(packChunk);
  const removed = old.map(({ resolution, startAt }) => ({ workerId, resolution, startAt }));
  await commit({ type: 'keepSeries', states: [], chunks, removed });
  return removed.length;
}

function pointsOf(chunks: readonly SeriesChunk[]) {
  return chunks.flatMap(({ points }) => points);
}
