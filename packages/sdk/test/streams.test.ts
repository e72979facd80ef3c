import { once } from 'node:events';
import { ApiError, ConnectionError, createPlexus } from '@plexus/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY, chunk, cutFetch, END, event, HEADERS, plexusBy, read, USAGE } from './event-server.ts';

function plexusOf(text: string, headers?: Record<string, string>) {
  return createPlexus({ baseUrl: 'http://plexus', fetch: cutFetch([new TextEncoder().encode(text)], headers) });
}

describe('a stream', () => {
  it('gives its pieces, and tells of its end', async () => {
    const { plexus, exchanges } = await plexusBy(({ response }) =>
      response.writeHead(200, { ...HEADERS, 'x-plexus-node': 'node-1' }).end(chunk('Hel') + chunk('lo') + END),
    );
    const stream = plexus.chat.stream({ ...BODY, max_tokens: 5 });
    expect(await read(stream)).toEqual(['Hel', 'lo']);
    expect(stream.info).toEqual({
      jobId: 'job-1',
      nodeId: 'node-1',
      model: 'm',
      finishReason: 'stop',
      usage: USAGE,
    });
    const [made] = exchanges;
    expect(made?.path).toBe('POST /v1/chat/completions');
    expect(made?.request.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer gn_1' });
    expect(made?.request.headers).not.toHaveProperty('idempotency-key');
    expect(JSON.parse(made?.body ?? '')).toEqual({
      ...BODY,
      max_tokens: 5,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('gives the pieces of a completion', async () => {
    const piece = event({ choices: [{ text: ' of', index: 0, finish_reason: 'length' }] });
    expect(await read(plexusOf(`${piece}data: [DONE]\n\n`).completions.stream({ model: 'm', prompt: 'x' }))).toEqual([
      ' of',
    ]);
  });

  it('gives a piece before the answer has ended', async () => {
    const { plexus, exchanges } = await plexusBy(({ response }) => {
      response.writeHead(200, HEADERS);
      response.write(chunk('first'));
    });
    const pieces = plexus.chat.stream(BODY)[Symbol.asyncIterator]();
    expect(await pieces.next()).toEqual({ done: false, value: 'first' });
    exchanges[0]?.response.end(END);
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
  });
});

describe('the text of a stream', () => {
  it('is the same wherever its bytes are cut', async () => {
    const texts = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 6 });
    const cuts = fc.array(fc.nat(4000), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(texts, cuts, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (pieces, at, lineEnd, quiet) => {
        const comment = quiet ? '' : ': still here\n\n';
        const text = comment + pieces.map((piece) => chunk(piece)).join(comment) + END;
        const bytes = new TextEncoder().encode(text.replaceAll('\n', lineEnd));
        const ends = [...new Set([...at.filter((end) => end < bytes.length), bytes.length])].toSorted((a, b) => a - b);
        const cut = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const plexus = createPlexus({ baseUrl: 'http://plexus', fetch: cutFetch(cut) });
        const stream = plexus.chat.stream(BODY);
        expect((await read(stream)).join('')).toBe(pieces.join(''));
        expect(stream.info.usage).toEqual(USAGE);
      }),
      { numRuns: 200 },
    );
  });

  it('has both halves of a character at once', async () => {
    const halves = `${chunk('a\ud83d')}${chunk('\ude00b')}`;
    expect(await read(plexusOf(halves + END).chat.stream(BODY))).toEqual(['a', '😀b']);
  });
});

describe('the connection of a stream that was read', () => {
  it('is used again', async () => {
    const { plexus, exchanges } = await plexusBy(({ response }) => {
      response.writeHead(200, HEADERS).write(END);
      // By then the client has read the last event.
      void turns(50).then(() => response.end());
    });
    for (const _ of [1, 2]) {
      await read(plexus.chat.stream(BODY));
      // Only then does undici know that the connection is free.
      await turns(1);
    }
    const [first, second] = exchanges;
    expect(second?.request.socket.remotePort).toBe(first?.request.socket.remotePort);
  });

  it.each([
    ['comes to no end', ''],
    ['goes on beyond all measure', ': more\n\n'.repeat(100_000)],
  ])('is closed when its body %s', async (_name, tail) => {
    const { plexus, exchanges } = await plexusBy(({ response }) => response.writeHead(200, HEADERS).write(END + tail));
    expect(await read(plexus.chat.stream(BODY, { timeoutMs: 1000 }))).toEqual([]);
    await closed(exchanges[0]?.response);
  });
});

describe('a stream that was read', () => {
  it('can not be read again', async () => {
    const stream = plexusOf(END).chat.stream(BODY);
    await read(stream);
    await expect(read(stream)).rejects.toThrow(TypeError);
  });

  it('knows its job, with cost and receipt', async () => {
    const job = { id: 'job-1', state: 'completed', cost: '0.0005', receipt_id: 'receipt_job-1' };
    const { plexus, exchanges } = await plexusBy(({ request, response }) => {
      if (request.method === 'POST') response.writeHead(200, HEADERS).end(END);
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(job));
    });
    const stream = plexus.chat.stream(BODY);
    await expect(stream.job()).rejects.toThrow(RangeError);
    await read(stream);
    expect(await stream.job()).toEqual(job);
    expect(exchanges[1]?.path).toBe('GET /plexus/v1/jobs/job-1?wait_seconds=30');
  });
});

describe('a stream that does not come to its end throws', () => {
  it.each([
    ['an empty one', ''],
    ['one without its last event', chunk('x') + chunk('', 'stop')],
    ['one that does not say why it ended', `${chunk('x')}data: [DONE]\n\n`],
    ['one whose last event is not whole', `${chunk('', 'stop')}data: [DONE]\n`],
  ])('%s', async (_name, text) => {
    await expect(read(plexusOf(text).chat.stream(BODY))).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'CUT_OFF',
    });
  });

  it('at a connection that breaks, after what came', async () => {
    const { plexus, exchanges } = await plexusBy(({ response }) => {
      response.writeHead(200, HEADERS);
      response.write(chunk('x'));
    });
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of plexus.chat.stream(BODY)) {
        pieces.push(piece);
        exchanges[0]?.response.destroy();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'CUT_OFF' });
    expect(pieces).toEqual(['x']);
  });

  it('at an error event, in the network’s words', async () => {
    const error = { message: 'The node was lost', type: 'server_error', param: null, code: 'node_lost' };
    const stream = plexusOf(chunk('x') + event({ error }), { ...HEADERS, 'x-request-id': 'r-1' }).chat.stream(BODY);
    const failure = await read(stream).catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({ code: 'node_lost', message: 'The node was lost', status: 200, requestId: 'r-1' });
  });
});

describe('what is no stream of an answer throws', () => {
  it('at an event that is no part of an answer', async () => {
    await expect(read(plexusOf('data: {"a":\n\n').chat.stream(BODY))).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });

  it('at an answer that is no stream', async () => {
    const headers = { 'content-type': 'application/json' };
    await expect(read(plexusOf('{}', headers).chat.stream(BODY))).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });

  it('at an answer beyond all measure', async () => {
    const bytes = new TextEncoder().encode(chunk('x'.repeat(200)));
    const plexus = createPlexus({ baseUrl: 'http://plexus', fetch: cutFetch([bytes]), maxResponseBytes: 100 });
    await expect(read(plexus.chat.stream(BODY))).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('when nothing more comes in time', async () => {
    const { plexus, exchanges } = await plexusBy(({ response }) => {
      response.writeHead(200, HEADERS);
      response.write(chunk('x'));
    });
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of plexus.chat.stream(BODY, { timeoutMs: 50 })) pieces.push(piece);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(pieces).toEqual(['x']);
    await closed(exchanges[0]?.response);
  });
});

describe('a stream that is refused', () => {
  it('throws the refusal', async () => {
    const body = {
      error: { message: 'No such model', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    };
    const { plexus } = await plexusBy(({ response }) =>
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
    await expect(read(plexus.chat.stream(BODY))).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('is asked for again where it was not begun, and not where the server says that this is of no use', async () => {
    const again = await plexusBy(({ response }) => {
      if (again.exchanges.length === 1) response.writeHead(503).end('{}');
      else response.writeHead(200, HEADERS).end(END);
    });
    await read(again.plexus.chat.stream(BODY));
    expect(again.exchanges).toHaveLength(2);
    const final = await plexusBy(({ response }) => response.writeHead(429, { 'x-should-retry': 'false' }).end('{}'));
    await expect(read(final.plexus.chat.stream(BODY))).rejects.toMatchObject({ status: 429, isFinal: true });
    expect(final.exchanges).toHaveLength(1);
  });

  it('is not asked for again when it may have been begun', async () => {
    const { plexus, exchanges } = await plexusBy(({ request }) => request.socket.destroy());
    await expect(read(plexus.chat.stream(BODY))).rejects.toThrow(ConnectionError);
    expect(exchanges).toHaveLength(1);
  });
});

describe('a stream that is left', () => {
  it('by its signal closes the connection, cancels the job and throws the reason', async () => {
    const { plexus, exchanges } = await plexusBy(({ path, response }) => {
      if (path.endsWith('/cancel')) return response.end('{}');
      response.writeHead(200, HEADERS);
      return response.write(chunk('x'));
    });
    const stop = new AbortController();
    const stream = plexus.chat.stream(BODY, { signal: stop.signal });
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of stream) {
        pieces.push(piece);
        stop.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(pieces).toEqual(['x']);
    expect(exchanges.map(({ path }) => path)).toEqual([
      'POST /v1/chat/completions',
      'POST /plexus/v1/jobs/job-1/cancel',
    ]);
    await closed(exchanges[0]?.response);
  });

  it('by its reader closes the connection', async () => {
    const { plexus, exchanges } = await plexusBy(({ response }) => {
      response.writeHead(200, HEADERS);
      response.write(chunk('x'));
    });
    for await (const piece of plexus.chat.stream(BODY)) {
      expect(piece).toBe('x');
      break;
    }
    await closed(exchanges[0]?.response);
  });

  it('before it began asks nothing', async () => {
    const { plexus, exchanges } = await plexusBy(({ response }) => response.end());
    const signal = AbortSignal.abort(new Error('no'));
    await expect(read(plexus.chat.stream(BODY, { signal }))).rejects.toThrow('no');
    expect(exchanges).toHaveLength(0);
  });
});

/** Waits for turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

async function closed(response: { readonly closed: boolean } & NodeJS.EventEmitter = fail()): Promise<void> {
  if (!response.closed) await once(response, 'close');
}

function fail(): never {
  throw new Error('Nothing was asked for');
}
