import { type Account, type Caller, DomainError, emptyAccount, type Job, type NodeStatus } from '@plexus/core';
import { useRequestId } from '@plexus/listener';
import { creditsToMicro } from '@plexus/protocol';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  gemmanet,
  type GemmanetDeps,
  installNotFound,
  listenerOptions,
  plexus,
  type PlexusDeps,
} from '../src/index.ts';

export const JOB_ID = '550e8400-e29b-41d4-a716-446655440000';
export const AT = new Date('2025-01-15T10:30:00Z');

export const CLIENT: Caller = {
  accountId: 'account-1',
  keyId: 'key-1',
  role: 'client',
  scopes: ['submit', 'read', 'wallet', 'keys'],
  limited: false,
};
export const OPERATOR: Caller = { ...CLIENT, accountId: 'account-0', keyId: 'key-0', role: 'operator' };

export const authenticator: GemmanetDeps['authenticator'] = {
  async authenticate(key) {
    if (!key) throw new DomainError('MISSING_API_KEY', 'Missing API key', {});
    if (key === 'gn_operator') return OPERATOR;
    if (key === 'gn_client') return CLIENT;
    throw new DomainError('INVALID_API_KEY', 'Invalid API key', {});
  },
};

/** A call that a test did not expect. */
function unexpected(): never {
  throw new Error('This fake was not meant to be called');
}

export function aJob(changes: Partial<Job> = {}): Job {
  return {
    id: JOB_ID,
    accountId: CLIENT.accountId,
    service: 'echo',
    content: 'Hello world!',
    params: {},
    state: 'completed',
    reason: 'done',
    hold: creditsToMicro(10),
    unitPrice: creditsToMicro(10),
    cost: creditsToMicro(10),
    units: 1,
    result: 'Echo: Hello world!',
    nodeId: 'abc-123',
    epoch: 1,
    attempts: [],
    decisions: [],
    createdAt: AT,
    deadlineAt: new Date(AT.getTime() + 60_000),
    processingMs: 14.6,
    ...changes,
  };
}

export function aNode(changes: Partial<NodeStatus> = {}): NodeStatus {
  return {
    id: 'abc-123',
    accountId: 'account-2',
    name: 'zh-specialist',
    custodial: false,
    capabilities: ['translate'],
    languages: ['en', 'zh'],
    createdAt: AT,
    online: true,
    draining: false,
    services: [{ id: 'translate', active: 1, concurrency: 5, models: [] }],
    load: 0.2,
    reputation: 4,
    completed: 3,
    failed: 1,
    ...changes,
  };
}

export function anAccount(changes: Partial<Account> = {}): Account {
  return { ...emptyAccount({ id: CLIENT.accountId, kind: 'client', name: 'client', createdAt: AT }), ...changes };
}

export function gemmanetDeps(changes: Partial<GemmanetDeps> = {}): GemmanetDeps {
  return {
    jobs: { submit: async () => aJob(), rate: unexpected },
    accounts: { register: unexpected, wallet: unexpected, entries: unexpected },
    nodes: { listOnline: () => [aNode()], countOnline: () => 3, reputation: unexpected, leaderboard: unexpected },
    authenticator,
    version: '0.1.0a1',
    tasksToday: () => 42,
    isLoopback: true,
    acceptsInvite: () => false,
    rateLimits: 'off',
    ...changes,
  };
}

export function plexusDeps(changes: Partial<PlexusDeps> = {}): PlexusDeps {
  return {
    jobs: { submit: unexpected, get: unexpected, wait: unexpected, list: unexpected, cancel: unexpected },
    accounts: { wallet: unexpected, entries: unexpected, grant: unexpected },
    keys: { create: unexpected, list: unexpected, revoke: unexpected },
    nodes: {
      listOnline: () => [aNode()],
      countOnline: () => 1,
      countOffering: () => 0,
      list: unexpected,
      drain: unexpected,
      releaseRewards: unexpected,
    },
    receipts: { get: unexpected, head: unexpected, consistency: unexpected },
    authenticator: { ...authenticator, owns: async () => false },
    info: { name: 'test', version: '1', publicKey: 'AAAA', logId: 'log', startedAt: AT, limits: { body_bytes: 10 } },
    ledgerSum: async () => 0n,
    rateLimits: 'off',
    ...changes,
  };
}

/** A listener as the coordinator makes it, with GemmaNet's dialect or those that are named. */
export async function aListener(
  changes: { gemmanet?: Partial<GemmanetDeps>; plexus?: Partial<PlexusDeps> } = { gemmanet: {} },
): Promise<FastifyInstance> {
  const app = Fastify(listenerOptions);
  useRequestId(app);
  installNotFound(app);
  if (changes.gemmanet) await app.register(gemmanet, { deps: gemmanetDeps(changes.gemmanet) });
  if (changes.plexus) await app.register(plexus, { deps: plexusDeps(changes.plexus) });
  await app.ready();
  return app;
}
