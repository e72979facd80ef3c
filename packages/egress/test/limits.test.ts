import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createEgress } from '../src/index.ts';
import { codeOf, request, serve, textOf } from './setup.ts';

const egress = createEgress({ allow: ['127.0.0.1'] });

it('an endless body is cut off', async () => {
  const place = await serve((_request, response) => {
    const write = (): void =>
      void (response.destroyed || response.write(Buffer.alloc(1000), () => setImmediate(write)));
    write();
  });
  expect(await codeOf(egress.fetch(request(place.url)))).toBe('too_large');
});

it('a body that says it is too large is not read', async () => {
  const place = await serve((_request, response) => response.writeHead(200, { 'content-length': '10001' }).write('x'));
  expect(await codeOf(egress.fetch(request(place.url)))).toBe('too_large');
  const exact = await serve((_request, response) => response.end(Buffer.alloc(10_000)));
  expect((await egress.fetch(request(exact.url))).body).toHaveLength(10_000);
});

it.each([
  ['gzip', gzipSync(Buffer.alloc(50_000_000))],
  ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
])('a bomb of %s is not unpacked', async (encoding, bomb) => {
  const place = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(bomb);
  });
  const answer = await egress.stream(request(place.url, { maxBytes: 60_000 }));
  let bytes = 0;
  const read = async () => {
    for await (const chunk of answer.body) bytes += (chunk as Uint8Array).byteLength;
  };
  expect(await codeOf(read())).toBe('too_large');
  expect(bytes).toBeLessThanOrEqual(60_000);
});

it.each([
  ['gzip', gzipSync('packed')],
  ['br', brotliCompressSync('packed')],
  ['identity', Buffer.from('packed')],
])('%s is unpacked', async (encoding, packed) => {
  const place = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(packed);
  });
  expect(textOf(await egress.fetch(request(place.url)))).toBe('packed');
});

it.each([
  ['gzip', Buffer.from('not packed at all')],
  ['gzip', gzipSync('x'.repeat(100)).subarray(0, 15)],
  ['br', Buffer.from('not packed at all')],
  ['gzip, gzip', gzipSync(gzipSync('twice'))],
  ['zstd', Buffer.from('x')],
])('a body that is not %s after all is refused', async (encoding, packed) => {
  const place = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(packed);
  });
  expect(await codeOf(egress.fetch(request(place.url)))).toBe('bad_encoding');
});

it('a head that comes too slowly is not waited for (slow loris)', async () => {
  const place = await serve(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const drip = setInterval(() => socket.write('x-a: b\r\n'), 20);
    socket.once('close', () => clearInterval(drip));
  });
  expect(await codeOf(egress.fetch(request(place.url, { timeoutMs: 300 })))).toBe('timed_out');
});

it('a body that drips ends by the deadline, one that stops by the idle limit', async () => {
  const dripping = await serve((_request, response) => {
    const drip = setInterval(() => response.write('x'), 20);
    response.once('close', () => clearInterval(drip));
  });
  expect(await codeOf(egress.fetch(request(dripping.url, { timeoutMs: 300 })))).toBe('timed_out');
  const stopping = await serve((_request, response) => response.write('begun'));
  expect(await codeOf(egress.fetch(request(stopping.url, { idleMs: 100 })))).toBe('timed_out');
});

it('a look-up that does not answer ends by the deadline', async () => {
  const stuck = createEgress({
    resolve: (_name, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  });
  expect(await codeOf(stuck.fetch(request('https://slow.test/', { timeoutMs: 100 })))).toBe('timed_out');
});

it('a caller can give up, before and while the body comes', async () => {
  const place = await serve((_request, response) => response.write('begun'));
  const stop = new AbortController();
  const { body } = await egress.stream(request(place.url, { signal: stop.signal }));
  const read = (async () => {
    for await (const _chunk of body) stop.abort();
  })();
  expect(await codeOf(read)).toBe('aborted');
  expect(await codeOf(egress.fetch(request(place.url, { signal: stop.signal })))).toBe('aborted');
});

it('an answer that is not wanted is let go, read or not', async () => {
  let open = 0;
  let told: () => void = () => undefined;
  const place = await serve((_request, response) => {
    open += 1;
    response.once('close', () => {
      open -= 1;
      told();
    });
    response.write('begun');
  });
  for (const isRead of [true, false]) {
    const { body } = await egress.stream(request(place.url));
    if (isRead) await body[Symbol.asyncIterator]().next();
    const gone = new Promise<void>((resolve) => (told = resolve));
    body.destroy();
    await gone;
    expect(open).toBe(0);
  }
});

it('a connection that breaks is no whole answer', async () => {
  const place = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
  });
  expect(await codeOf(egress.fetch(request(place.url)))).toBe('connection_failed');
});
