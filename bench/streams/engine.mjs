/**
 * An engine that costs next to nothing: OpenAI's streams over bare sockets, from bytes that were made before. A token
 * is a write of its own, as with real engines; a client that does not read holds its stream back.
 */
import { createServer } from 'node:net';
import { serveParent, tellParent } from '../child.mjs';
import { createAnswers } from './engine-answers.mjs';
import { createSteps } from './steps.mjs';
import { MODEL } from './words.mjs';

const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;
const MODELS = JSON.stringify({
  object: 'list',
  data: [{ id: MODEL, object: 'model', created: 0, owned_by: 'bench' }],
});

const steps = createSteps();
const answers = createAnswers();
/** @type {Set<import('node:net').Socket>} */
const sockets = new Set();

/** @param {import('node:net').Socket} socket */
function serve(socket) {
  let text = '';
  sockets.add(socket);
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  socket.on('data', (data) => {
    text += data;
    for (let request = takeRequest(text); request; request = takeRequest(text)) {
      text = request.rest;
      answer(socket, request);
    }
  });
}

/** The first whole request of a text. @param {string} text */
function takeRequest(text) {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd + 2);
  const begin = headEnd + HEAD_END.length;
  const end = begin + Number(LENGTH.exec(head)?.[1] ?? 0);
  if (text.length < end) return undefined;
  return { path: head.split(' ', 2)[1] ?? '', body: text.slice(begin, end), rest: text.slice(end) };
}

/** @param {import('node:net').Socket} socket @param {{ path: string, body: string }} request */
function answer(socket, { path, body }) {
  if (path === '/v1/models') return sendJson(socket, '200 OK', MODELS);
  const isChat = path === '/v1/chat/completions';
  if (!isChat && path !== '/v1/completions') return sendJson(socket, '404 Not Found', '{}');
  const { max_tokens: tokens = 16, stream_options: options = {} } = JSON.parse(body);
  const { include_usage: withUsage = false, continuous_usage_stats: withCounts = false } = options;
  return stream(socket, answers({ isChat, tokens, withUsage, withCounts }));
}

/** @param {import('node:net').Socket} socket @param {string} status @param {string} body */
function sendJson(socket, status, body) {
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.write(head + HEAD_END + body);
}

/** @param {import('node:net').Socket} socket @param {readonly Buffer[]} writes */
function stream(socket, writes) {
  let index = 0;
  function write() {
    if (socket.destroyed) return;
    const hasRoom = socket.write(/** @type {Buffer} */ (writes[index++]));
    if (index === writes.length) return;
    if (hasRoom) steps.next(write);
    else socket.once('drain', () => steps.next(write));
  }
  write();
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  tellParent({ type: 'ready', url: `http://127.0.0.1:${port}` });
});

serveParent({
  pace({ tokensPerSecond }) {
    steps.setPace(tokensPerSecond);
    tellParent({ type: 'paced' });
  },
  stop() {
    for (const socket of sockets) socket.destroy();
    server.close();
  },
});
