/** Real DNS over UDP and real TLS. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createDnsResolver, createEgress } from '../src/index.ts';
import { CERTIFICATE, KEY } from './certificate.ts';
import { serveDns } from './dns-server.ts';
import { codeOf, request, serve } from './setup.ts';

const NEVER = new AbortController().signal;

it('asks DNS for addresses of both kinds', async () => {
  const v6 = '20010db8000000000000000000000001';
  const resolve = createDnsResolver([
    await serveDns((_name, type) => (type === 'A' ? ['192.0.2.1', '192.0.2.2'] : [v6])),
  ]);
  expect(await resolve('both.test', NEVER)).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1']);
});

it('finds nothing where there is nothing', async () => {
  const resolve = createDnsResolver([await serveDns(() => [])]);
  expect(await resolve('gone.test', NEVER)).toEqual([]);
});

it('stops asking a name server that says nothing', async () => {
  const resolve = createDnsResolver([await serveDns(() => undefined)]);
  const egress = createEgress({ resolve });
  expect(await codeOf(egress.fetch(request('https://silent.test/', { timeoutMs: 200 })))).toBe('timed_out');
});

it('believes a name server once: what it says next leads nowhere', async () => {
  const open = await serve((_request, response) => response.end('open'));
  const secret = await serve((_request, response) => response.end('secret'), '127.0.0.2', open.port);
  let questions = 0;
  const name = await serveDns((_name, type) =>
    type === 'AAAA' ? [] : [questions++ === 0 ? '127.0.0.1' : '127.0.0.2'],
  );
  const egress = createEgress({ allow: ['127.0.0.1'], allowHttp: true, resolve: createDnsResolver([name]) });
  const answer = await egress.fetch(request(`http://rebind.test:${open.port}/`));
  expect(Buffer.from(answer.body).toString()).toBe('open');
  expect(questions).toBe(1);
  expect(await codeOf(egress.fetch(request(`http://rebind.test:${open.port}/`)))).toBe('address_refused');
  expect(secret.heard).toEqual([]);
});

it('names the host in TLS, and wants a certificate that somebody vouches for', async () => {
  const names: string[] = [];
  const server = createServer({
    key: KEY,
    cert: CERTIFICATE,
    SNICallback: (name, done) => {
      names.push(name);
      done(null);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const egress = createEgress({ allow: ['127.0.0.1'], resolve: async () => ['127.0.0.1'] });
  const failed = egress.fetch(request(`https://secure.test:${port}/`));
  await expect(failed).rejects.toMatchObject({
    code: 'connection_failed',
    message: 'The connection failed: DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  expect(names).toEqual(['secure.test']);
});
