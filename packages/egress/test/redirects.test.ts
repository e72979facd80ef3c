import { expect, it } from 'vitest';
import { createEgress } from '../src/index.ts';
import { answering, codeOf, request, serve, textOf } from './setup.ts';

const leadingTo = (location: string, status = 302) =>
  serve((_request, response) => response.writeHead(status, { location }).end());

it.each([
  ['http://169.254.169.254/latest/meta-data/', 'scheme_refused'],
  ['https://169.254.169.254/latest/meta-data/', 'address_refused'],
  ['https://[::1]/', 'address_refused'],
  ['https://private.test/', 'address_refused'],
  ['file:///etc/passwd', 'scheme_refused'],
  ['http://user:pass@127.0.0.1/', 'credentials_in_url'],
  ['http://[', 'invalid_url'],
])('to %s is refused: %s', async (location, code) => {
  const place = await leadingTo(location);
  const egress = createEgress({ allow: ['127.0.0.1'], resolve: answering(['10.0.0.1']).resolve });
  expect(await codeOf(egress.fetch(request(place.url)))).toBe(code);
});

it('are followed five times, and no secret goes to another host', async () => {
  const last = await serve((_request, response) => response.end('there'));
  const first = await serve(({ url = '/' }, response) => {
    const step = Number(url.slice(1));
    response.writeHead(step % 2 === 0 ? 301 : 307, { location: step < 4 ? `/${step + 1}` : last.url }).end();
  });
  const egress = createEgress({ allow: ['127.0.0.1'] });
  const headers = { authorization: 'Bearer secret', cookie: 'a=b', 'x-kind': 'kept' };
  const answer = await egress.fetch(request(`${first.url}0`, { headers }));
  expect([textOf(answer), answer.url]).toEqual(['there', last.url]);
  expect(first.heard.map(({ url, headers: { authorization } }) => [url, authorization])).toEqual(
    ['/0', '/1', '/2', '/3', '/4'].map((url) => [url, 'Bearer secret']),
  );
  expect(last.heard[0]?.headers['x-kind']).toBe('kept');
  expect(last.heard[0]?.headers).not.toHaveProperty('authorization');
  expect(last.heard[0]?.headers).not.toHaveProperty('cookie');
});

it('without end are given up', async () => {
  const place = await leadingTo('/');
  const egress = createEgress({ allow: ['127.0.0.1'] });
  expect(await codeOf(egress.fetch(request(place.url)))).toBe('too_many_redirects');
  expect(place.heard).toHaveLength(6);
});

it('of a POST are the answer', async () => {
  const place = await leadingTo('/elsewhere', 307);
  const egress = createEgress({ allow: ['127.0.0.1'] });
  expect((await egress.fetch(request(place.url, { method: 'POST', body: 'x' }))).status).toBe(307);
  expect(place.heard).toHaveLength(1);
});
