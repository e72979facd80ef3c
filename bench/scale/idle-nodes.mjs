/** Nodes that connect, prove their keys, and from then on only send heartbeats and pings as real ones do. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { HEARTBEAT_SECONDS, NODE_PROTOCOL_VERSION, proofMessage } from '@plexus/protocol';
import { WebSocket } from 'ws';
import { serveParent, settingsOfChild, tellParent } from '../child.mjs';

/** As in packages/node/src/launch.ts. */
const PING_MS = 5000;
/** Nodes that connect at the same time. */
const AT_ONCE = 20;

const { url } = settingsOfChild();
/** @type {Set<WebSocket>} */
const sockets = new Set();

serveParent({
  async connect({ count }) {
    let next = 0;
    const connectSome = async () => {
      while (next < count) await connectNode(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, connectSome));
    tellParent({ type: 'connected' });
  },
  open: () =>
    tellParent({ type: 'counted', open: [...sockets].filter((socket) => socket.readyState === socket.OPEN).length }),
  stop: () => sockets.forEach((socket) => socket.terminate()),
});
tellParent({ type: 'ready' });

/** @param {number} number @returns {Promise<void>} settled when the coordinator has taken the node in */
function connectNode(number) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const nodeId = `node-idle-${number}`;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/node`, { perMessageDeflate: false });
  const send = (/** @type {string} */ type, /** @type {object} */ payload) =>
    socket.send(
      JSON.stringify({
        msg_id: `${number}`,
        msg_type: type,
        payload,
        sender_id: nodeId,
        timestamp: new Date().toISOString(),
      }),
    );
  const services = [{ id: 'echo', concurrency: 8 }];
  const key = Buffer.from(x, 'base64url').toString('base64');
  const protocol = { version: NODE_PROTOCOL_VERSION, public_key: key, services, resume: [] };
  sockets.add(socket);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () =>
      send('NODE_REGISTER', { node_id: nodeId, name: nodeId, capabilities: ['echo'], protocol }),
    );
    socket.on('message', (data) => {
      const { msg_type: type, payload } = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '{}');
      if (type === 'CHALLENGE') send('PROOF', { signature: proofOf(payload, nodeId, privateKey) });
      if (type === 'ERROR') reject(new Error(payload.message));
      if (type !== 'CREDIT_UPDATE') return;
      beat(socket, () => send('HEARTBEAT', { node_id: nodeId, active_tasks: 0, cpu_percent: 1 }));
      resolve();
    });
  });
}

/** @param {{ nonce: string, coordinator_key: string }} challenge @param {string} nodeId @param {import('node:crypto').KeyObject} privateKey */
function proofOf({ nonce, coordinator_key: coordinatorKey }, nodeId, privateKey) {
  const message = proofMessage({ nonce, coordinatorKey, host: new URL(url).host, nodeId });
  return sign(null, Buffer.from(message), privateKey).toString('base64');
}

/** Each at its own time, as nodes that came one after the other. @param {WebSocket} socket @param {() => void} heartbeat */
function beat(socket, heartbeat) {
  every(PING_MS, () => socket.readyState === socket.OPEN && socket.ping());
  every(HEARTBEAT_SECONDS * 1000, () => socket.readyState === socket.OPEN && heartbeat());
}

/** @param {number} milliseconds @param {() => unknown} work */
function every(milliseconds, work) {
  setTimeout(() => {
    work();
    setInterval(work, milliseconds);
  }, Math.random() * milliseconds);
}
