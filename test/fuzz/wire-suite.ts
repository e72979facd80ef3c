/** Requests that come in pieces, too large, or not whole. */
import fc from 'fast-check';
import { MAX_BODY_BYTES } from '@plexus/protocol';
import { describe, expect, it } from 'vitest';
import { until } from '../support/processes.ts';
import { faultsOf } from './answer-rules.ts';
import { openRequests, restlessness } from './aftermath.ts';
import { rawRequest, validParts } from './fuzz-request.ts';
import { isHeldBack, type Operation } from './operations.ts';
import type { Exchange } from './raw-connection.ts';
import { bytesOf, exchange, type RawRequest, send } from './raw-http.ts';
import { type FuzzRun, runOf } from './settings.ts';
import type { World } from './world.ts';

/** Cases of each operation that takes a body. */
const BROKEN_OFF = 3;
const IN_PIECES = 1;
const TIMEOUT_MS = 300_000;

/** Call it after everything else that is done to the world: at its end nothing may be left over. */
export function describeWire(world: World, run: FuzzRun): void {
  const takers = world.operations.filter(
    (operation) => operation.isDocumented && operation.body !== undefined && !isHeldBack(operation),
  );
  const named = takers.map((operation) => ({ name: nameOf(operation), operation }));

  it.each(named)(
    '$name: a request that breaks off changes nothing',
    ({ operation }) => breakOff(operation, world, run),
    TIMEOUT_MS,
  );
  it.each(named)('$name: a request may come in pieces', ({ operation }) => inPieces(operation, world, run), TIMEOUT_MS);

  const oneOfEach = [...new Map(takers.map((operation) => [operation.listener, operation])).values()];
  describe.each(oneOfEach)('a body at $listener', (operation) => describeSizes(operation, world));

  it('nothing of all that is left', async () => {
    await world.quiet();
    await until('no request is open but the one that asks', async () => (await openRequests(world)) === 1);
    for (const figure of await restlessness(world)) expect(figure).toMatch(/ 0$/);
  });
}

function nameOf({ listener, method, path }: Operation): string {
  return `${listener}: ${method} ${path}`;
}

async function breakOff(operation: Operation, world: World, run: FuzzRun): Promise<void> {
  const part = fc.double({ min: 0, max: 0.999, noNaN: true });
  const property = fc.asyncProperty(requestsFor(operation, world), part, async (request, part) => {
    world.books.mark();
    const bytes = bytesOf(request);
    await exchange(operation.url, (socket) => socket.end(bytes.subarray(0, Math.floor(bytes.length * part))));
    expect(world.books.changes()).toEqual([]);
  });
  await fc.assert(property, runOf(run, BROKEN_OFF));
}

async function inPieces(operation: Operation, world: World, run: FuzzRun): Promise<void> {
  const count = fc.integer({ min: 2, max: 12 });
  const property = fc.asyncProperty(requestsFor(operation, world), count, async (request, pieces) => {
    const answer = await exchange(operation.url, (socket) => {
      socket.setNoDelay(true);
      for (const piece of piecesOf(bytesOf(request), pieces)) socket.write(piece);
    });
    expect(answer === 'closed' ? answer : faultsOf(answer, operation, request)).toEqual([]);
    await world.quiet();
  });
  await fc.assert(property, runOf(run, IN_PIECES));
}

function describeSizes(operation: Operation, { network }: World): void {
  const { url } = operation;
  const headers = [
    ['host', new URL(url).host],
    ['connection', 'close'],
    ['authorization', `Bearer ${network.operatorKey}`],
    ['content-type', 'application/json'],
  ] as const;
  const filled = (bytes: number, ...more: RawRequest['headers']): Required<RawRequest> => ({
    method: operation.method,
    target: operation.path,
    headers: [...headers, ...more],
    body: Buffer.from(`{"x":"${'y'.repeat(bytes - '{"x":""}'.length)}"}`),
  });

  it('is taken up to the limit, and not when it is longer', async () => {
    expect(statusOf(await send(url, filled(MAX_BODY_BYTES)))).not.toBe(413);
    expect(statusOf(await send(url, filled(MAX_BODY_BYTES + 1)))).toBe(413);
  });

  it('is refused for the length that it states, before it comes', async () => {
    expect(statusOf(await send(url, filled(100, ['content-length', String(MAX_BODY_BYTES + 1)])))).toBe(413);
  });

  it('in chunks is refused once it is too long', async () => {
    const { body, ...head } = filled(MAX_BODY_BYTES + 1, ['transfer-encoding', 'chunked']);
    const answer = await exchange(url, (socket) => {
      socket.write(bytesOf(head));
      for (const piece of piecesOf(body, 40)) socket.write(`${piece.byteLength.toString(16)}\r\n${String(piece)}\r\n`);
    });
    expect(statusOf(answer)).toBe(413);
  });
}

function requestsFor(operation: Operation, { callers, known }: World): fc.Arbitrary<RawRequest> {
  const reading = { document: operation.document, values: known.values.bind(known), names: known.names };
  return validParts(operation, callers, reading).map(rawRequest);
}

function piecesOf(bytes: Uint8Array, count: number): readonly Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / count));
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => at * size);
  return starts.map((start) => Buffer.from(bytes.subarray(start, start + size)));
}

/** A connection that was closed without an answer has none. */
function statusOf(answer: Exchange): number | undefined {
  return answer === 'closed' ? undefined : answer.status;
}
