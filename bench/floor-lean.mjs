/** The floor on bare Fastify and ws: the dialect's table, validation and serialisation, and corked frames, no more. */
import { randomUUID } from 'node:crypto';
import { gemmanet } from '@plexus/api';
import Fastify from 'fastify';
import { WebSocketServer } from 'ws';

const CALLER = { accountId: 'bench', keyId: 'bench', role: 'client', scopes: ['submit'], limited: false };

/** @param {{ deps: object, receive: (result: any) => void }} parts */
export async function openServer({ deps, receive }) {
  const app = Fastify();
  const common = { ...deps, authenticator: { authenticate: async () => CALLER } };
  const rest = { version: 'floor', tasksToday: () => 0, isLoopback: true, acceptsInvite: () => false };
  await app.register(gemmanet, /** @type {any} */ ({ deps: { ...common, ...rest } }));
  const acceptor = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  /** @type {ReturnType<typeof writerTo> | undefined} */
  let send;
  app.server.on('upgrade', (request, stream, head) => {
    acceptor.handleUpgrade(request, stream, head, (webSocket) => {
      const write = writerTo(webSocket, stream);
      send = write;
      webSocket.on('message', (data) => Buffer.isBuffer(data) && take(data.toString(), write, receive));
    });
  });
  return {
    url: await app.listen({ host: '127.0.0.1', port: 0 }),
    assign: (/** @type {object} */ task) => send?.('TASK_ASSIGN', task),
    async close() {
      app.server.closeAllConnections();
      for (const webSocket of acceptor.clients) webSocket.terminate();
      await app.close();
    },
  };
}

/** @param {string} text @param {ReturnType<typeof writerTo>} send @param {(result: any) => void} receive */
function take(text, send, receive) {
  const { msg_type: type, payload } = JSON.parse(text);
  if (type === 'TASK_RESULT') return receive(payload);
  if (type !== 'NODE_REGISTER') return undefined;
  return send('CREDIT_UPDATE', { node_id: payload.node_id, balance: 0, change: 0, reason: 'connected' });
}

/**
 * Writes what comes in one turn of the event loop with one system call.
 *
 * @param {import('ws').WebSocket} webSocket
 * @param {import('node:stream').Duplex} stream
 */
function writerTo(webSocket, stream) {
  let isCorked = false;
  const uncork = () => {
    isCorked = false;
    stream.uncork();
  };
  return (/** @type {string} */ type, /** @type {object} */ payload) => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      setImmediate(uncork);
    }
    const envelope = { msg_id: randomUUID(), msg_type: type, payload, sender_id: 'coordinator' };
    webSocket.send(JSON.stringify({ ...envelope, timestamp: new Date().toISOString() }));
  };
}
