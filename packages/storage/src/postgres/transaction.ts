import { applyGroup, type Command, Draft, nothingTouched, outcomeOf, touchedBy } from '@plexus/core';
import type { Group, GroupResult } from '../group-commit.ts';
import { type Load, type LoadOptions, planLoad } from './load.ts';
import type { RowMemory } from './row-memory.ts';
import { saveStatements } from './save.ts';
import type { Statement } from './session.ts';
import { canRunTogether, together } from './together.ts';
import type { WriterSession } from './writer-session.ts';

const BEGIN: Statement = { name: 'begin', text: 'BEGIN ISOLATION LEVEL READ COMMITTED' };
const COMMIT: Statement = { name: 'commit', text: 'COMMIT' };
const ROLLBACK: Statement = { name: 'rollback', text: 'ROLLBACK' };

/** The connection was lost after the commit had been sent: what it came to will be seen from the next one. */
export class FateUnknown extends Error {
  override readonly name = 'FateUnknown';
  /** What the groups are answered if the batch is on disk. */
  readonly results: readonly GroupResult[];

  constructor(results: readonly GroupResult[], cause: unknown) {
    super('The connection was lost while a batch was being committed', { cause });
    this.results = results;
  }
}

/** How a batch is written. */
export interface BatchOptions {
  /** Its number; grows with every attempt of this writer. */
  readonly batch: number;
  readonly memory: RowMemory;
}

/**
 * Commits groups in one transaction: one trip to the database that reads what is not remembered, and one that writes.
 * A group that the rules refuse leaves nothing.
 *
 * @throws {FateUnknown} when the connection was lost at its end; whatever else is thrown, nothing is written
 */
export async function commitTogether(
  session: WriterSession,
  groups: readonly Group[],
  options: BatchOptions,
): Promise<readonly GroupResult[]> {
  try {
    return await writeBatch(session, groups, options);
  } catch (error) {
    options.memory.clear();
    // What failed at its end is over there; what failed before that is not.
    if (!session.isLost) await session.send([ROLLBACK]).catch(() => undefined);
    throw error;
  }
}

async function writeBatch(
  session: WriterSession,
  groups: readonly Group[],
  { batch, memory }: BatchOptions,
): Promise<readonly GroupResult[]> {
  const load = loadOf(groups, { memory, locks: !session.isSole });
  const mark = session.mark(batch);
  const opening = [BEGIN, together(mark, [])];
  const isKnown = load.statements.length === 0;
  const answers = isKnown ? [] : await session.send([...opening, ...load.statements]);
  const loaded = load.read(answers.slice(opening.length));
  const draft = new Draft(loaded);
  const applied = groups.map((group) => applyGroup(draft, group));
  const results = applied.map((one) => (one.ok ? { ok: true as const, outcome: outcomeOf(draft, one) } : one));
  const writes = saveStatements(draft, loaded, { locks: !session.isSole });
  if (writes.length > 0) {
    const isOne = isKnown && canRunTogether(writes);
    const all = isOne ? [together(mark, writes)] : [...(isKnown ? opening : []), ...writes, COMMIT];
    await finish(session, all, results);
    session.lastBatch = batch;
  } else if (!isKnown) await session.send([ROLLBACK]);
  memory.keep(loaded, draft);
  return results;
}

function loadOf(groups: readonly Group[], options: Pick<LoadOptions, 'memory' | 'locks'>): Load {
  const touched = nothingTouched();
  for (const group of groups) touchedBy(group, touched);
  return planLoad(touched, { ...options, numbersLeaves: groups.some((group) => group.some(hasReceipt)) });
}

async function finish(
  session: WriterSession,
  statements: readonly Statement[],
  results: readonly GroupResult[],
): Promise<void> {
  try {
    await session.send(statements);
  } catch (error) {
    if (session.isLost) throw new FateUnknown(results, error);
    throw error;
  }
}

function hasReceipt(command: Command): boolean {
  return (command.type === 'recordJob' || command.type === 'endJob') && command.receipt !== undefined;
}
