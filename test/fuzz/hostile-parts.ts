/** Pieces of requests that no well-meaning client sends. */

export const METHODS = 'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND LOCK QUERY'.split(' ');

export const MEDIA_TYPES: readonly string[] = [
  ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/event-stream', '*/*'],
  ['application/json; charset=utf-16', 'application/json; charset=utf-7', 'application/json;a=b', 'APPLICATION/JSON'],
  ['application/json, text/plain', 'application/jsonp', 'application/vnd.api+json', 'json', '', ';', 'x'.repeat(5000)],
].flat();

/** Put before or after a body. */
export const HEADS: readonly string[] = ['\ufeff', ")]}',\n", '\u0000', '[', '/* */', "'", 'callback('];
export const TAILS: readonly string[] = ['}', '{}', ',', '\u0000', ' // comment', '\ufeff', '{"a":1}'];

export const BODIES: readonly string[] = [
  ['', ' ', 'null', '1', '"text"', '[]', 'true', '{', '[', '"', '{"a"', '{"a":}', "{'a':1}", '{a:1}', 'NaN', '[1,]'],
  ['-', '1e', '\\', '\ud800', '{"a":1,}', '{"\\ud800":1}', '{"__proto__":{}}'],
  ['['.repeat(100_000), '{"a":'.repeat(50_000), '[]'.repeat(1000)],
].flat();

/** Bodies that are no UTF-8. */
export const BYTES: readonly Uint8Array[] = [
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xc0, 0xaf]),
  Buffer.from('{"a":"\xff"}', 'latin1'),
  Buffer.from('{}', 'utf16le'),
];

/** Put after a path, or in the place of its parameters. */
export const PATHS: readonly string[] = [
  '/.. /../.. /%2e%2e /..%2f..%2fetc%2fpasswd // /. ;a=b / %00 % %zz %ff %c0%af %ed%a0%80'.split(' '),
  '/constructor /__proto__ \\..\\ #fragment /%2F /* /:id /{id}'.split(' '),
  [`/${'x'.repeat(700)}`, `/${'x'.repeat(9000)}`],
].flat();

export const QUERIES: readonly string[] = [
  '? & = &&& ?a ?= ?% ?%zz=1 ?%00=%00 ?a[b][c]=1 ?__proto__[x]=1 ?constructor=1 ?a=1&a=2&a=3'.split(' '),
  '?limit=1&limit=2 ?limit=-1 ?limit=1e3 ?limit=9e99 ?limit=%31 ?limit[]=1 ?after=%00 ?after=%ed%a0%80'.split(' '),
  '?all=maybe ?wait_seconds=-1 ?wait_seconds=0x1 ?first=9e99&second=1 ?known_size=1e300'.split(' '),
  [`?${'a=1&'.repeat(2000)}`, `?x=${'y'.repeat(12_000)}`],
].flat();

type Header = readonly [name: string, value: string];

/** Added to the headers that are there. */
export const HEADERS: readonly Header[] = [
  ['content-type', 'application/json'],
  ['content-encoding', 'gzip'],
  ['content-encoding', 'br'],
  ['authorization', 'Bearer'],
  ['authorization', 'Bearer '],
  ['authorization', 'Basic Z25fMDA6'],
  ['authorization', `Bearer ${'k'.repeat(8000)}`],
  ['authorization', 'Bearer \xff\xfe'],
  ['x-api-key', ''],
  ['x-api-key', '\u0001'],
  ['idempotency-key', ''],
  ['idempotency-key', 'ä'],
  ['idempotency-key', 'x'.repeat(256)],
  ['idempotency-key', 'a, b'],
  ['prefer', 'respond-async'],
  ['prefer', ',;=",'],
  ['expect', '100-continue'],
  ['expect', 'the worst'],
  ['x-http-method-override', 'DELETE'],
  ['x-forwarded-for', '8.8.8.8'],
  ['x-request-id', '\x7f'],
  ['x-request-id', 'x'.repeat(129)],
  ['range', 'bytes=0-0'],
  ['if-none-match', '*'],
  ['accept', 'image/png;q=0'],
  ['accept-encoding', 'gzip;q=nan'],
  ['origin', 'null'],
  ['origin', 'https://evil.example'],
  ['host', 'evil.example'],
  ['host', ''],
  ['transfer-encoding', 'gzip'],
  ['te', 'trailers'],
  ['cookie', `a=${'b'.repeat(6000)}`],
  ['x', 'y'.repeat(14_000)],
  ['content-length', '0'],
];

export const MANY_HEADERS: readonly Header[] = Array.from({ length: 300 }, (_, at) => [`x-${at}`, 'y'] as const);

/** What a client may wish to speak instead of HTTP/1.1. */
export const PROTOCOLS: readonly string[] = ['h2c', 'websocket', 'TLS/1.0', 'x'];
