/** The floor on the coordinator's own HTTP server, hooks and all, and its own reading and writing of node frames. */
import { createHostGuard } from '@plexus/api';
import { createLogger } from '@plexus/coordinator';
import { WebSocketServer } from 'ws';
import { createHttpServer } from '../packages/coordinator/dist/http/server.js';
import { readFrame } from '../packages/coordinator/dist/hub/frames.js';
import { Session } from '../packages/coordinator/dist/hub/session.js';
import { hashText } from '../packages/coordinator/dist/keys/receipt-crypto.js';

/** @param {{ deps: object, unused: any, receive: (result: any) => void, authenticatorOf: (hash: (text: string) => string) => object }} parts */
export async function openServer({ deps, unused, receive, authenticatorOf }) {
  const common = { ...deps, authenticator: authenticatorOf(hashText) };
  const { app } = await createHttpServer(
    /** @type {any} */ ({
      logger: createLogger({ level: 'warn' }),
      guard: createHostGuard({ names: [] }),
      metrics: { registry: {}, requestRefused: () => undefined, connectionDropped: () => undefined },
      unready: () => undefined,
      artifacts: common,
      gemmanet: { ...common, version: 'floor', tasksToday: () => 0, isLoopback: true, acceptsInvite: () => false },
      openai: { ...common, startedAt: new Date() },
      aitbc: common,
      cocoon: { ...common, fleetLimits: 'off' },
      fleetMetrics: () => '',
      infernet: common,
      neuroshard: common,
      payoutPlans: common,
      plexus: { ...common, keys: unused, receipts: unused, ledgerSum: unused.none, info: {} },
    }),
  );
  const acceptor = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 4096, concurrencyLimit: 4 } });
  /** @type {Session | undefined} */
  let session;
  app.server.on('upgrade', (request, stream, head) => {
    acceptor.handleUpgrade(request, stream, head, (webSocket) => {
      const opened = new Session(webSocket, stream);
      session = opened;
      webSocket.on('message', (data) => Buffer.isBuffer(data) && take(data.toString(), opened, receive));
    });
  });
  return {
    url: await app.listen({ host: '127.0.0.1', port: 0 }),
    assign: (/** @type {any} */ task) => session?.assign(task),
    async close() {
      app.server.closeAllConnections();
      for (const webSocket of acceptor.clients) webSocket.terminate();
      await app.close();
    },
  };
}

/** @param {string} text @param {Session} session @param {(result: any) => void} receive */
function take(text, session, receive) {
  const frame = readFrame(text);
  if (!frame.ok) throw new Error(frame.why);
  const { type, payload } = frame.message;
  if (type === 'TASK_RESULT') return receive(payload);
  if (type !== 'NODE_REGISTER') return undefined;
  session.nodeId = payload.node_id;
  return session.credit(0n, 0n, 'connected');
}
