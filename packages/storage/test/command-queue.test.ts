import type { Command, Outcome } from '@plexus/core';
import { describe, expect, it } from 'vitest';
import { createCommandQueue, type Writer } from '../src/command-queue.ts';
import type { Group, GroupResult } from '../src/group-commit.ts';
import { StorageError } from '../src/storage-error.ts';

const COMMAND: Command = { type: 'revokeKey', keyId: 'key', at: new Date(0) };
const OUTCOME: Outcome = { accounts: [], keys: [] };

/** A writer whose batches are answered by hand. */
function createSlowWriter() {
  const batches: { groups: readonly Group[]; answer: (error?: Error) => void }[] = [];
  let told: (() => void) | undefined;
  const writer: Writer = {
    write(groups) {
      return new Promise<readonly GroupResult[]>((resolve, reject) => {
        const answer = (error?: Error): void =>
          error ? reject(error) : resolve(groups.map(() => ({ ok: true, outcome: OUTCOME })));
        batches.push({ groups, answer });
        told?.();
      });
    },
    close: async () => undefined,
  };
  const batch = async (number: number) => {
    while (batches.length <= number) await new Promise<void>((resolve) => (told = resolve));
    return batches[number] as (typeof batches)[number];
  };
  return { writer, batches, batch };
}

describe('command queue', () => {
  it('sends what waits in one batch, and never two at once', async () => {
    const { writer, batches, batch } = createSlowWriter();
    const queue = createCommandQueue(writer);
    const first = [queue.commitAll([COMMAND]), queue.commitAll([COMMAND, COMMAND])];
    expect((await batch(0)).groups.map(({ length }) => length)).toEqual([1, 2]);
    const second = [1, 2, 3].map(() => queue.commitAll([COMMAND]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toHaveLength(1);
    (await batch(0)).answer();
    expect(await Promise.all(first)).toEqual([OUTCOME, OUTCOME]);
    expect((await batch(1)).groups).toHaveLength(3);
    (await batch(1)).answer();
    await Promise.all(second);
  });

  it('refuses more commands than may wait, and takes more when there is room', async () => {
    const { writer, batch } = createSlowWriter();
    const queue = createCommandQueue(writer, 3);
    const waiting = [queue.commitAll([COMMAND, COMMAND]), queue.commitAll([COMMAND])];
    await expect(queue.commitAll([COMMAND])).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(queue.load()).toMatchObject({ waitingCommands: 3, batches: 0 });
    (await batch(0)).answer();
    await Promise.all(waiting);
    const later = queue.commitAll([COMMAND]);
    (await batch(1)).answer();
    expect(await later).toEqual(OUTCOME);
    expect(queue.load()).toMatchObject({ waitingCommands: 0, batches: 2 });
  });

  it('rejects whatever waits when the writer is lost, and everything after', async () => {
    const { writer, batch } = createSlowWriter();
    const queue = createCommandQueue(writer);
    const first = queue.commitAll([COMMAND]);
    const { answer } = await batch(0);
    const results = Promise.allSettled([first, queue.commitAll([COMMAND])]);
    answer(new StorageError('writer_died', 'gone'));
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(queue.commitAll([COMMAND])).rejects.toMatchObject({ code: 'writer_died' });
    await queue.close();
  });

  it('drains when it is closed and takes nothing more', async () => {
    const { writer, batch } = createSlowWriter();
    const queue = createCommandQueue(writer);
    const waiting = queue.commitAll([COMMAND]);
    const closed = queue.close();
    await expect(queue.commitAll([COMMAND])).rejects.toMatchObject({ code: 'closed' });
    (await batch(0)).answer();
    expect(await waiting).toEqual(OUTCOME);
    await closed;
  });
});
