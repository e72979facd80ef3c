import { STREAM_WINDOW, type TaskChunk } from '@plexus/protocol';
import type { Piece } from '@plexus/runners';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PieceStream } from '../src/piece-stream.ts';

const LEASE = { task_id: 'task', epoch: 2 };

const pieces: fc.Arbitrary<readonly Piece[]> = fc.array(
  fc
    .record({ text: fc.string({ unit: 'grapheme' }), ids: fc.array(fc.nat(), { maxLength: 3 }), named: fc.boolean() })
    .map(({ text, ids, named }) => ({ text, tokens: ids.length, ...(named && { tokenIds: ids }) })),
  { maxLength: 40 },
);

/** What came over, in the turns that were cut here. */
function send(all: readonly Piece[], turns: readonly number[]): TaskChunk[] {
  const stream = new PieceStream(LEASE);
  const sent: TaskChunk[] = [];
  let left = turns[0] ?? 1;
  for (const piece of all) {
    stream.add(piece);
    left -= 1;
    if (left > 0) continue;
    sent.push(...[stream.take() ?? []].flat());
    left = turns[sent.length % Math.max(1, turns.length)] ?? 1;
  }
  return [...sent, ...[stream.take() ?? []].flat()];
}

test('pieces of one turn go as one message, and nothing of them is lost', () => {
  fc.assert(
    fc.property(pieces, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (all, turns) => {
      const sent = send(all, turns);
      expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, at) => at));
      expect(sent.map(({ text }) => text).join('')).toBe(all.map(({ text }) => text).join(''));
      const tokens = (list: readonly { readonly tokens: number }[]) => list.reduce((sum, one) => sum + one.tokens, 0);
      expect(tokens(sent)).toBe(tokens(all));
      for (const { token_ids: ids, tokens: count } of sent) if (ids) expect(ids).toHaveLength(count);
      const isNamed = all.every(({ tokens: count, tokenIds }) => count === 0 || tokenIds !== undefined);
      const named = sent.flatMap(({ token_ids: ids = [] }) => ids);
      if (isNamed) expect(named).toEqual(all.flatMap(({ tokenIds = [] }) => tokenIds));
    }),
  );
});

test("the prompt's tokens are told also by a piece that goes with others", () => {
  const stream = new PieceStream(LEASE);
  stream.add({ text: 'x', tokens: 1 });
  stream.add({ text: '', tokens: 0, promptTokens: 3 });
  expect(stream.take()).toMatchObject({ text: 'x', tokens: 1, prompt_tokens: 3 });
});

test('a runner waits while the window is full, and goes on as pieces are taken', async () => {
  const stream = new PieceStream(LEASE);
  for (let at = 0; at < STREAM_WINDOW; at++) {
    expect(stream.room(), `before piece ${at}`).toBeUndefined();
    stream.add({ text: 'x', tokens: 1 });
    stream.take();
  }
  const room = stream.room();
  expect(room).toBeInstanceOf(Promise);
  stream.taken(1);
  await room;
  expect(stream.room()).toBeUndefined();
});

test('an engine that never lets the event loop go on waits for the end of the turn', async () => {
  const stream = new PieceStream(LEASE);
  for (let at = 0; at < 64; at++) stream.add({ text: 'x', tokens: 1 });
  const room = stream.room();
  expect(room).toBeInstanceOf(Promise);
  expect(stream.take()).toMatchObject({ seq: 0, tokens: 64, text: 'x'.repeat(64) });
  await room;
});

test('a container that answers fast is not refused for the length of what one turn has joined', async () => {
  const stream = new PieceStream(LEASE);
  // As they come from a socket.
  const text = 'x'.repeat(65_536);
  stream.add({ text, tokens: 0 });
  const room = stream.room();
  expect(room).toBeInstanceOf(Promise);
  expect(stream.take()?.text).toBe(text);
  await room;
});
