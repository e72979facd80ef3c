import { Readable } from 'node:stream';
import type { ByteRange, Content, OutputFile } from '@plexus/core';
import { contentTypeOf } from '@plexus/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Gate, gateHooks } from '../authentication.ts';
import { askedRange } from './byte-range.ts';
import type { ArtifactDeps } from './deps.ts';

/** A file may be anything: no browser shall guess what it is, run it, or tell others its address. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-transform, max-age=3600',
  'accept-ranges': 'bytes',
} as const;

/** Serves the files that jobs have made to whoever knows their address. */
export function serveDownloads(app: FastifyInstance, { outputs, store }: ArtifactDeps, gate: Gate): void {
  app.route<{ Params: { token: string; '*': string } }>({
    method: ['GET', 'HEAD'],
    url: '/artifacts/:token/*',
    ...gateHooks({ auth: 'none' }, gate),
    handler: async (request, reply) => {
      const { token, '*': name } = request.params;
      const file = await outputs.get(token, name);
      return await send(file, request, reply, (range) => store.open(file, range));
    },
  });
}

type Open = (range?: ByteRange) => Promise<Content>;

async function send(file: OutputFile, request: FastifyRequest, reply: FastifyReply, open: Open): Promise<FastifyReply> {
  const { sha256, sizeBytes, name } = file;
  const etag = `"${sha256}"`;
  const headers = {
    ...HEADERS,
    etag,
    'content-disposition': dispositionOf(name),
    'content-type': contentTypeOf(name),
  };
  if (isHeld(request.headers['if-none-match'], etag)) return reply.code(304).headers(headers).send();
  const isSame = (request.headers['if-range'] ?? etag) === etag;
  const asked = askedRange(isSame ? request.headers.range : undefined, sizeBytes);
  if (asked === 'unsatisfiable') {
    const none = { 'content-range': `bytes */${sizeBytes}`, 'content-length': 0 };
    return reply
      .code(416)
      .headers({ ...headers, ...none })
      .send();
  }
  const range = asked === 'whole' ? undefined : asked;
  // Before any header is set: a refusal must not be kept in the file's place.
  const content = request.method === 'HEAD' ? undefined : Readable.from(await open(range), { objectMode: false });
  reply.headers({ ...headers, 'content-length': range ? range.last - range.first + 1 : sizeBytes });
  if (range) reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${sizeBytes}`);
  return reply.send(content);
}

/** Whether a client has the file already: by a list of tags, weak ones too, or whatever it is. Source: RFC 9110, section 13.1.2. */
function isHeld(tags: string | undefined, etag: string): boolean {
  const held = (tags ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return held.some((tag) => tag === etag || tag === '*');
}

/** The last part of a name, for old clients in ASCII. Source: RFC 6266, appendix D. */
function dispositionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const plain = name.replace(/[^\x20-\x7e]|["%\\]/g, '_');
  const whole = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
