/** Events on a real socket: their exact bytes, and clients that do not take them. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EventSocket } from '../src/event-socket.ts';
import { chatChunks } from '../src/openai/chunks.ts';
import { streamPieces } from '../src/openai/stream-pieces.ts';
import { aStream } from './openai-world.ts';

type Answer = (socket: EventSocket, response: ServerResponse) => void;

/** A client that has asked, and has not read yet. */
async function asked(version: string, answer: Answer, times: { takeMs?: number } = {}): Promise<Socket> {
  const server = createServer((_request, response) => {
    response.sendDate = false;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    answer(new EventSocket(response, times), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  client.write(`GET / HTTP/${version}\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return client;
}

async function textOf(client: Socket): Promise<string> {
  let text = '';
  client.setEncoding('utf8').on('data', (data: string) => (text += data));
  await once(client, 'close');
  return text;
}

const twoEvents: Answer = (socket) => {
  void socket.send('data: é\n\n');
  setImmediate(() => {
    void socket.send('data: 2\n\n');
    socket.end();
  });
};

test('the bytes of an answer are chunks of HTTP/1.1', async () => {
  expect(await textOf(await asked('1.1', twoEvents))).toBe(
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n' +
      'a\r\ndata: é\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n',
  );
});

test('to a client of HTTP/1.0 they are the events alone', async () => {
  expect(await textOf(await asked('1.0', twoEvents))).toBe(
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nConnection: close\r\n\r\ndata: é\n\ndata: 2\n\n',
  );
});

const LONG = 'x'.repeat(20_000_000);

test('a client that does not take the end of its answer is given up', async () => {
  let isClosed: Promise<unknown> | undefined;
  const answer: Answer = (socket, response) => {
    isClosed = once(response, 'close');
    void socket.send(LONG);
    socket.end();
  };
  const client = await asked('1.1', answer, { takeMs: 20 });
  await once(client, 'readable');
  await isClosed;
});

test('one that takes it in time gets all of it', async () => {
  const answer: Answer = (socket) => {
    void socket.send(LONG);
    socket.end();
  };
  expect((await textOf(await asked('1.1', answer))).length).toBeGreaterThan(LONG.length);
});

test('one that reads nothing while the job ends is given up, though pieces wait for it', async () => {
  let written: Promise<unknown> | undefined;
  const chunks = chatChunks({ id: 'x', created: 0, model: 'm' }, false);
  const answer: Answer = (socket) => {
    written = streamPieces({ streamed: aStream([LONG, 'more', 'and more']), chunks, withUsage: false }, socket);
  };
  const client = await asked('1.1', answer, { takeMs: 20 });
  await once(client, 'readable');
  await written;
});

test('while the job goes on a slow client is waited for', async () => {
  let isClosed = false;
  let full: Promise<void> | undefined;
  const answer: Answer = (socket, response) => {
    response.once('close', () => (isClosed = true));
    full = socket.send(LONG) ?? socket.send('x');
  };
  const client = await asked('1.1', answer, { takeMs: 1 });
  await once(client, 'readable');
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  expect(isClosed).toBe(false);
  client.resume();
  await full;
  expect(isClosed).toBe(false);
});
