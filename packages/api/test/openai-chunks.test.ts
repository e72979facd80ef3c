import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { Stream } from 'openai/streaming';
import { expect, onTestFinished, test } from 'vitest';
import { EventSocket } from '../src/event-socket.ts';
import { chatChunks, completionChunks, DONE } from '../src/openai/chunks.ts';
import { toMicro } from '../src/openai/routing.ts';

/** Halves of surrogate pairs, ends of lines of all kinds, quotes, control characters. */
const text = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0x22, 0x5c, 0x0a, 0x0d, 0x85, 0x2028, 0x2029, 0xd83d, 0xde00),
    ),
  )
  .map((units) => String.fromCharCode(...units));

async function read<T>(events: string): Promise<T[]> {
  const chunks: T[] = [];
  const stream = Stream.fromSSEResponse<T>(new Response(events), new AbortController());
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

test('every text arrives as it was, however it is cut into pieces', async () => {
  const head = { id: 'x', created: 1, model: 'a "model"\u2028' };
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (pieces) => {
      const chat = chatChunks(head, true);
      const events = chat.beginning + pieces.map((piece) => chat.piece(piece)).join('') + chat.end('stop') + DONE;
      expect(events.split(/[\n\r\u0085\u2028\u2029]/).length).toBe(2 * (pieces.length + 3) + 1);
      const chunks = await read<{ model: string; choices: { delta: { content?: string } }[] }>(events);
      const contents = chunks.map(({ choices }) => choices[0]?.delta.content);
      expect(contents).toStrictEqual(['', ...pieces, undefined]);
      const plain = completionChunks(head, false);
      const texts = await read<{ choices: { text: string }[] }>(pieces.map((piece) => plain.piece(piece)).join(''));
      expect(texts.map(({ choices }) => choices[0]?.text)).toStrictEqual(pieces);
    }),
  );
});

test('a price is read exactly, as it was written', () => {
  const micro = fc.bigInt({ min: 0n, max: 10n ** 14n });
  fc.assert(
    fc.property(micro, (amount) => {
      const digits = amount.toString().padStart(7, '0');
      return toMicro(`${digits.slice(0, -6)}.${digits.slice(-6)}`) === amount;
    }),
  );
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), (amount) => toMicro(amount / 1e6) === BigInt(amount)));
  const cases: [number | string, bigint][] = [
    [1e-7, 0n],
    [5e-324, 0n],
    [0.0001, 100n],
    [1.5e-6, 1n],
    [1e9, 10n ** 15n],
    ['0.000000999', 0n],
  ];
  for (const [credits, expected] of cases) expect(toMicro(credits), String(credits)).toBe(expected);
});

async function respond(write: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => write(response.writeHead(200))).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  const [response] = await once(request, 'response');
  let received = '';
  for await (const data of response.setEncoding('utf8')) received += data;
  return received;
}

test('silence is broken by comments', async () => {
  const received = await respond((response) => {
    let count = 0;
    const write = response.write.bind(response);
    response.write = ((chunk: string) => {
      if (++count === 3) setImmediate(() => socket.end());
      return write(chunk);
    }) as typeof response.write;
    const socket = new EventSocket(response, { keepAliveMs: 5 });
    void socket.send('data: 1\n\n');
  });
  expect(received).toMatch(/^data: 1\n\n(: keep-alive\n\n){2,}$/);
});

test('events that are there at the same moment are written at once, and in order', async () => {
  const sizes: number[] = [];
  const received = await respond((response) => {
    const write = response.write.bind(response);
    response.write = ((chunk: string) => (sizes.push(chunk.length), write(chunk))) as typeof response.write;
    const socket = new EventSocket(response);
    for (let i = 0; i < 10; i++) void socket.send(`data: ${i}\n\n`);
    setImmediate(() => {
      void socket.send('data: last\n\n');
      socket.end();
    });
  });
  expect(received).toBe(`${Array.from({ length: 10 }, (_, i) => `data: ${i}\n\n`).join('')}data: last\n\n`);
  expect(sizes).toStrictEqual(['5a\r\n'.length + 90 + 2, 'c\r\n'.length + 12 + 2]);
});
