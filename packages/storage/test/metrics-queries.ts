import { type Books, createWorkerService, packChunk, type SeriesPoint } from '@plexus/core';
import { SILENT_FLEET } from '@plexus/testkit';
import { fleetReads } from '../src/sqlite/fleet-reads.ts';
import type { Queries, Query } from '../src/sqlite/queries.ts';

const MINUTE_MS = 60_000;
const NOON = new Date('2025-01-15T12:00:00Z');
const OPERATOR = { accountId: 'o', keyId: 'o', role: 'operator', scopes: ['read'], limited: false } as const;

/** Three workers with a day of points, 5 minutes to a chunk, and what is older. */
export async function fillSeries(books: Books): Promise<void> {
  const ago = (minutes: number): Date => new Date(NOON.getTime() - minutes * MINUTE_MS);
  const chunkAt = (workerId: number, resolution: 'raw' | '5min', minutes: number) => {
    const at = ago(minutes);
    const point: SeriesPoint = { at, status: 'healthy', polls: 1, answers: 1, revenue: 5, requests: 7 };
    return packChunk({ workerId, resolution, startAt: at, points: [point] });
  };
  const times = { createdAt: NOON, updatedAt: NOON };
  for (const workerId of [1, 2, 3]) {
    const worker = { participantId: 0, name: 'w', instanceNumber: 0, host: 'h', statsPort: 1, priceCoefficient: 1 };
    await books.commit({ type: 'addWorker', worker: { ...worker, isActive: true, nodeId: `n${workerId}`, ...times } });
    const day = Array.from({ length: 300 }, (_, at) => chunkAt(workerId, 'raw', 5 * at));
    const month = Array.from({ length: 700 }, (_, at) => chunkAt(workerId, '5min', 60 * (25 + at)));
    await books.commit({ type: 'keepSeries', states: [], chunks: [...day, ...month], removed: [] });
  }
}

/** What the metrics endpoint asks the books for a worker's last hours, and how many points came of it. */
export async function metricsQueries(
  queries: Queries,
  hours: number,
): Promise<{ readonly asked: readonly Query[]; readonly points: number }> {
  const asked: Query[] = [];
  const note = (sql: string, values: Query['values']) => void asked.push({ sql, values });
  const read = fleetReads({
    one: (sql, values, row) => (note(sql, values), queries.one(sql, values, row)),
    many: (sql, values, row) => (note(sql, values), queries.many(sql, values, row)),
  });
  const books = { read } as unknown as Books;
  const workers = createWorkerService({ books, clock: () => NOON, live: SILENT_FLEET, rawAddress: () => undefined });
  const { points } = await workers.metrics(OPERATOR, 2, hours);
  return { asked, points: points.length };
}
