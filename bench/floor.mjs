/**
 * The floor: GemmaNet's `POST /api/v1/request` to a real node process and back, with nothing stored, signed or
 * scheduled; the node signs nothing either, because its tasks carry no receipt. There are two: `path` runs the
 * coordinator's own HTTP server and node frames, `lean` the least that Fastify and ws need to serve the same requests.
 */
import { randomUUID } from 'node:crypto';
import { createAuthenticator, ROLE_SCOPES } from '@plexus/core';
import { serveParent, settingsOfChild, tellParent } from './child.mjs';

const COST_MICRO = 10_000_000n;
const REWARD = 10;

/** @typedef {{ task_id: string, result: string, node_id: string, processing_time_ms: number }} Result */
/**
 * @typedef {object} Server
 * @property {string} url
 * @property {(task: object) => void} assign
 * @property {() => Promise<void>} close
 */

const { kind } = settingsOfChild();
/** @type {Map<string, (result: Result) => void>} */
const waiting = new Map();

/** @param {{ service: string, content: string, params: object }} request */
function submit({ service, content, params }) {
  const id = randomUUID();
  return new Promise((resolve) => {
    waiting.set(id, ({ result, node_id: nodeId, processing_time_ms: processingMs }) =>
      resolve({ id, state: 'completed', result, cost: COST_MICRO, nodeId, processingMs }),
    );
    server.assign({ task_id: id, task_type: service, content, params, reward: REWARD });
  });
}

/** @param {Result} result */
function receive(result) {
  waiting.get(result.task_id)?.(result);
  waiting.delete(result.task_id);
}

/** The core's own authenticator over a single key. @param {(text: string) => string} hashText */
function authenticatorOf(hashText) {
  const role = /** @type {const} */ ('client');
  const key = { id: 'bench', accountId: 'bench', role, scopes: ROLE_SCOPES[role], spent: 0n };
  const reader = { findKeyByHash: async () => /** @type {any} */ (key) };
  return createAuthenticator({ reader, hashText, clock: () => new Date() });
}

function none() {
  throw new Error('The floor only takes tasks');
}

/** What the dialects ask for and the floor never uses. */
const unused = new Proxy({}, { get: () => none });
const deps = { jobs: { submit, rate: none }, accounts: unused, nodes: unused, rateLimits: 'off' };
const { openServer } = await import(kind === 'lean' ? './floor-lean.mjs' : './floor-path.mjs');
/** @type {Server} */
const server = await openServer({ deps, unused, receive, authenticatorOf });

serveParent({ stop: () => server.close() });
tellParent({ type: 'ready', url: server.url, storageThreads: [] });
