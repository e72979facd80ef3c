/**
 * The floor: GemmaNet's `POST /api/v1/request` over the same HTTP stack (Fastify with the same table of endpoints,
 * validation and serialisation) and the same WebSocket to a real node process. Nothing is stored, signed, scheduled,
 * metered or logged here, and the node signs nothing either, because its tasks carry no receipt.
 */
import { randomUUID } from 'node:crypto';
import { gemmanet } from '@plexus/api';
import Fastify from 'fastify';
import { WebSocketServer } from 'ws';
import { serveParent, tellParent } from './child.mjs';

const COST_MICRO = 10_000_000n;
const CALLER = { accountId: 'bench', keyId: 'bench', role: 'client', scopes: ['submit'], limited: false };

/** @type {Map<string, (result: { result: string, node_id: string, processing_time_ms: number }) => void>} */
const waiting = new Map();
/** @type {((type: string, payload: object) => void) | undefined} */
let send;

/** @param {{ service: string, content: string, params: object }} request */
function submit({ service, content, params }) {
  const id = randomUUID();
  return new Promise((resolve) => {
    waiting.set(id, ({ result, node_id: nodeId, processing_time_ms: processingMs }) =>
      resolve({ id, state: 'completed', result, cost: COST_MICRO, nodeId, processingMs }),
    );
    send?.('TASK_ASSIGN', { task_id: id, task_type: service, content, params, reward: 10 });
  });
}

/**
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
    const timestamp = new Date().toISOString();
    webSocket.send(
      JSON.stringify({ msg_id: randomUUID(), msg_type: type, payload, sender_id: 'coordinator', timestamp }),
    );
  };
}

/** @param {string} text */
function receive(text) {
  const { msg_type: type, payload } = JSON.parse(text);
  if (type === 'TASK_RESULT') {
    waiting.get(payload.task_id)?.(payload);
    waiting.delete(payload.task_id);
  } else if (type === 'NODE_REGISTER') {
    send?.('CREDIT_UPDATE', { node_id: payload.node_id, balance: 0, change: 0, reason: 'connected' });
  }
}

const app = Fastify();
const none = () => {
  throw new Error('The floor only takes tasks');
};
const unused = new Proxy({}, { get: () => none });
await app.register(gemmanet, {
  deps: {
    jobs: { submit, rate: none },
    accounts: unused,
    nodes: unused,
    authenticator: { authenticate: async () => CALLER },
    version: 'floor',
    tasksToday: () => 0,
    isLoopback: true,
    acceptsInvite: () => false,
    rateLimits: 'off',
  },
});
const acceptor = new WebSocketServer({ noServer: true, perMessageDeflate: false });
app.server.on('upgrade', (request, stream, head) => {
  acceptor.handleUpgrade(request, stream, head, (webSocket) => {
    send = writerTo(webSocket, stream);
    webSocket.on('message', (data) => receive(/** @type {Buffer} */ (data).toString()));
  });
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });

serveParent({
  stop() {
    app.server.closeAllConnections();
    for (const webSocket of acceptor.clients) webSocket.terminate();
    return app.close();
  },
});
tellParent({ type: 'ready', url, storageThreads: [] });
