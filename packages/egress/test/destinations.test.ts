/** Where requests go: real servers on loopback addresses; names mean what a resolver of the test says. */
import { expect, it } from 'vitest';
import { createEgress } from '../src/index.ts';
import { answering, codeOf, request, serve, textOf } from './setup.ts';

it('connects to the address that was checked, under the name that was asked for', async () => {
  const place = await serve((_request, response) => response.end('hello'));
  const { resolve, asked } = answering(['127.0.0.1']);
  const egress = createEgress({ allow: ['127.0.0.1'], allowHttp: true, resolve });
  const answer = await egress.fetch(request(`http://nowhere.test:${place.port}/a?b=c`));
  expect([answer.status, textOf(answer), answer.url]).toEqual([
    200,
    'hello',
    `http://nowhere.test:${place.port}/a?b=c`,
  ]);
  expect(place.heard.map(({ url, headers }) => [url, headers.host])).toEqual([
    ['/a?b=c', `nowhere.test:${place.port}`],
  ]);
  expect(asked).toEqual(['nowhere.test']);
});

it('is not led elsewhere by a name whose second answer is another (DNS rebinding)', async () => {
  const open = await serve((_request, response) => response.end('open'));
  const secret = await serve((_request, response) => response.end('secret'), '127.0.0.2', open.port);
  const { resolve, asked } = answering(['127.0.0.1'], ['127.0.0.2']);
  const egress = createEgress({ allow: ['127.0.0.1'], allowHttp: true, resolve });
  const url = `http://rebind.test:${open.port}/`;
  expect(textOf(await egress.fetch(request(url)))).toBe('open');
  expect(asked).toHaveLength(1);
  expect(await codeOf(egress.fetch(request(url)))).toBe('address_refused');
  expect(secret.heard).toEqual([]);
});

it('refuses a name that has one private address beside an open one', async () => {
  const place = await serve((_request, response) => response.end('x'));
  for (const addresses of [
    ['127.0.0.1', '10.0.0.1'],
    ['::1', '127.0.0.1'],
  ]) {
    const egress = createEgress({ allow: ['127.0.0.1'], allowHttp: true, resolve: answering(addresses).resolve });
    expect(await codeOf(egress.fetch(request(`http://both.test:${place.port}/`)))).toBe('address_refused');
  }
  expect(place.heard).toEqual([]);
});

it('tells nobody what a private name stands for', async () => {
  const egress = createEgress({ resolve: answering(['10.11.12.13']).resolve });
  const message = await egress.fetch(request('https://intranet.test/')).catch((error: Error) => error.message);
  expect(message).toContain('intranet.test');
  expect(message).not.toContain('10.11');
});

it("looks names of the operator's list up as the system does", async () => {
  const place = await serve((_request, response) => response.end('local'));
  const egress = createEgress({ allow: [`localhost:${place.port}`], resolve: answering([]).resolve });
  expect(textOf(await egress.fetch(request(`http://localhost:${place.port}/`)))).toBe('local');
});

it('says so when a name has no address, and when nobody listens', async () => {
  const gone = createEgress({ resolve: answering([]).resolve });
  expect(await codeOf(gone.fetch(request('https://gone.test/')))).toBe('name_not_found');
  const { port } = await serve((_request, response) => response.end());
  const deaf = createEgress({ allow: ['127.0.0.3'] });
  expect(await codeOf(deaf.fetch(request(`http://127.0.0.3:${port}/`)))).toBe('connection_failed');
});

it('uses no proxy of the environment', async () => {
  const proxy = await serve((_request, response) => response.end('proxy'));
  const place = await serve((_request, response) => response.end('direct'));
  const before = { ...process.env };
  for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'all_proxy']) process.env[name] = proxy.url;
  try {
    const egress = createEgress({ allow: ['127.0.0.1'] });
    expect(textOf(await egress.fetch(request(place.url)))).toBe('direct');
  } finally {
    process.env = before;
  }
  expect(proxy.heard).toEqual([]);
});

it('posts a body', async () => {
  const place = await serve(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    response.writeHead(202, { 'x-length': incoming.headers['content-length'] }).end(Buffer.concat(chunks));
  });
  const egress = createEgress({ allow: ['127.0.0.1'] });
  const answer = await egress.fetch(request(place.url, { method: 'POST', body: '{"ä":1}', headers: { 'x-a': 'b' } }));
  expect([answer.status, textOf(answer), answer.headers['x-length']]).toEqual([202, '{"ä":1}', '8']);
  expect(place.heard[0]?.headers).toMatchObject({ 'x-a': 'b', 'user-agent': 'Plexus' });
});
