import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { forwardDialects } from '../src/forward.ts';
import { OPENAI } from '../src/forwarded-dialects.ts';

test.each(['HTTP/1.1 099 Odd', 'HTTP/1.1 000 Nothing'])(
  'a node outlives what is no answer of its coordinator: %s',
  async (head) => {
    const odd = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(`${head}\r\ncontent-length: 2\r\n\r\n{}`));
    });
    odd.listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const server = fastify();
    onTestFinished(async () => {
      await server.close();
      odd.close();
    });
    const { port } = odd.address() as AddressInfo;
    forwardDialects(server, [OPENAI], { coordinatorUrl: `http://127.0.0.1:${port}`, unready: () => undefined });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{}' });
    expect([answer.status, await answer.json()]).toEqual([
      502,
      { error: expect.objectContaining({ code: 'coordinator_unreachable' }) },
    ]);
  },
);
