/** `npm run chaos`: one network after the other, a fault to each, and a table of what came of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bestEngine } from './engine.ts';
import type { Fault } from './faults/fault.ts';
import { type Options, timesOf } from './options.ts';
import { foreignDatabase, type OwnServer, ownDatabase } from './postgres.ts';
import { markdownOf, type Report } from './report.ts';
import { playSeries, type SeriesResult } from './series.ts';
import { whyNoSmallDisk } from './small-disk.ts';

export interface Surroundings {
  readonly machine: Report['machine'];
  /** Starts a PostgreSQL server of our own. */
  readonly startPostgres: () => Promise<OwnServer & { stop(): Promise<void> }>;
}

/** @returns whether every invariant held */
export async function runChaos(options: Options, { machine, startPostgres }: Surroundings): Promise<boolean> {
  const begunAt = performance.now();
  const skipped = options.faults.flatMap((fault) => skippedOf(fault, options));
  const faults = options.faults.filter(({ name }) => skipped.every(({ fault }) => fault !== name));
  for (const { fault, why } of skipped) console.error(`${fault}: SKIPPED, ${why}`);
  const series: SeriesResult[] = [];
  for (const group of groupsOf(faults, options)) {
    const result = await playGroup(group, options, startPostgres);
    series.push(result);
    tell(result);
  }
  const { seed, kills } = options;
  const seconds = (performance.now() - begunAt) / 1000;
  write(options.out, { when: new Date().toISOString(), seed, kills, seconds, machine, series, skipped });
  return series.every(({ results }) => results.every(({ violations }) => violations.length === 0));
}

/** A network of its own for each fault; a database that is not ours is empty only once. */
function groupsOf(faults: readonly Fault[], { database }: Options): readonly (readonly Fault[])[] {
  return isOurs(database) ? faults.map((fault) => [fault]) : [faults];
}

function isOurs(database: string): boolean {
  return database === 'sqlite' || database === 'postgres';
}

async function playGroup(
  faults: readonly Fault[],
  { seed, kills, database, engine = bestEngine() }: Options,
  startPostgres: Surroundings['startPostgres'],
): Promise<SeriesResult> {
  const common = { seed, engine, pace: 'whole', timesOf: timesOf(kills) } as const;
  if (database === 'sqlite') return await playSeries(faults, { ...common, database: undefined });
  if (database !== 'postgres') return await playSeries(faults, { ...common, database: foreignDatabase(database) });
  const server = await startPostgres();
  try {
    return await playSeries(faults, { ...common, database: ownDatabase(server) });
  } finally {
    await server.stop();
  }
}

function skippedOf(fault: Fault, { database }: Options): Report['skipped'] {
  const why = whyNot(fault, database);
  return why === undefined ? [] : [{ fault: fault.name, why }];
}

/** Why a fault cannot be done here, if it cannot. */
function whyNot({ needsSmallDisk, needsDatabase }: Fault, database: string): string | undefined {
  if (needsSmallDisk) return database === 'sqlite' ? whyNoSmallDisk() : 'the books are not on our disk';
  if (!needsDatabase || database === 'postgres') return undefined;
  return database === 'sqlite' ? 'there is no server: --database postgres' : 'the server is not ours to kill';
}

function tell({ results, evidence }: SeriesResult): void {
  for (const { fault, rounds, violations } of results) {
    console.error(`${fault}: ${rounds.length} times, ${violations.length} violations`);
    for (const violation of violations) console.error(`  ${violation}`);
  }
  if (evidence !== undefined) console.error(`  evidence: ${evidence}`);
}

function write(folder: string, report: Report): void {
  const markdown = markdownOf(report);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'latest.md'), markdown);
  writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(markdown);
}
