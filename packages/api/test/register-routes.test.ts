import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { endpoints } from '@plexus/protocol';
import Fastify from 'fastify';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { gemmanetErrors } from '../src/gemmanet/errors.ts';
import { registerRoutes } from '../src/register-routes.ts';
import { authenticator } from './fakes.ts';

const table = endpoints({
  wait: {
    method: 'GET',
    path: '/wait',
    summary: 'Waits until the caller is gone.',
    auth: 'none',
    status: 200,
    response: Type.Object({}),
  },
});

test('the signal of a request ends when its client goes away', async () => {
  const app = Fastify();
  const { promise: ended, resolve } = withResolvers();
  const { promise: started, resolve: start } = withResolvers();
  const wait = async (_input: unknown, { signal }: { signal: AbortSignal }) => {
    expect(signal.aborted).toBe(false);
    start();
    await once(signal, 'abort');
    resolve();
    return {};
  };
  const service = { gate: { authenticator, limiter: undefined }, errors: gemmanetErrors };
  await app.register(async (scope) => registerRoutes(scope, table, { wait }, service));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await started;
  socket.destroy();
  await ended;
  await app.close();
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, resolve: () => settle?.() };
}
