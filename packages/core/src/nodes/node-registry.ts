import type { NodeRegister } from '@plexus/protocol';
import type { BooksReader } from '../books/books.ts';
import type { EventBus } from '../events/events.ts';
import type { ReadyIndex } from '../scheduling/ready-index.ts';
import { type LiveNode, type NodeSession, resourcesOf, servicesOf, shapeOf } from './live-node.ts';
import { emptyScore, type NodeRecord, type NodeScore } from './node-record.ts';
import { reputationOf } from './reputation.ts';
import { createSlots, type Slots } from './slots.ts';

/** The nodes that are connected now. */
export interface NodeRegistry extends Slots {
  readonly index: ReadyIndex;
  find(nodeId: string): LiveNode | undefined;
  list(): Iterable<LiveNode>;
  /** Those that work for an account. */
  ofAccount(accountId: string): Iterable<LiveNode>;
  size(): number;
  /** Takes a node in; one that is connected under the same id is replaced and its socket closed. */
  connect(record: NodeRecord, register: NodeRegister, session: NodeSession): Promise<LiveNode>;
  /** A node that says anew what it offers, over the same socket; nothing where a newer connection has replaced it. */
  update(node: LiveNode, record: NodeRecord, register: NodeRegister): void;
  /** Forgets the node if this session is still its own. */
  disconnect(session: NodeSession, nodeId: string): LiveNode | undefined;
  drain(node: LiveNode): void;
  /** A node's counts after a commit changed them. */
  updateScore(score: NodeScore): void;
}

export interface NodeRegistryDeps {
  readonly reader: Pick<BooksReader, 'findScore'>;
  readonly index: ReadyIndex;
  readonly events: EventBus;
  readonly clock: () => Date;
}

export function createNodeRegistry({ reader, index, events, clock }: NodeRegistryDeps): NodeRegistry {
  const nodes = new Map<string, LiveNode>();
  const accounts = createAccountIndex();
  const indexes = [accounts, index] as const;

  const isConnected = (node: LiveNode): boolean => nodes.get(node.record.id) === node;

  function forget(node: LiveNode): void {
    nodes.delete(node.record.id);
    for (const each of indexes) each.remove(node);
  }

  async function connect(record: NodeRecord, register: NodeRegister, session: NodeSession): Promise<LiveNode> {
    const score = (await reader.findScore(record.id)) ?? emptyScore(record.id);
    const before = nodes.get(record.id);
    if (before) {
      forget(before);
      // A node ends on this word, which is not for whoever holds a token to cause.
      if (session.isProven) {
        before.session.refuse('NODE_REPLACED', 'Another process has connected as this node, with the same key');
      }
      before.session.close('replaced by a newer connection of the same node');
    }
    const node = liveNode(record, register, { session, score, lastSeenAt: clock() });
    nodes.set(record.id, node);
    for (const each of indexes) each.add(node);
    events.emit({ type: 'node_online', nodeId: record.id });
    return node;
  }

  return {
    index,
    find: (nodeId) => nodes.get(nodeId),
    list: () => nodes.values(),
    ofAccount: accounts.of,
    size: () => nodes.size,

    connect,

    update(node, record, register) {
      if (!isConnected(node)) return;
      for (const each of indexes) each.remove(node);
      renewOffer(node, record, register);
      for (const each of indexes) each.add(node);
    },

    disconnect(session, nodeId) {
      const node = nodes.get(nodeId);
      if (node?.session !== session) return undefined;
      forget(node);
      events.emit({ type: 'node_offline', nodeId });
      return node;
    },

    drain: (node) => drain(node, index),

    ...createSlots(index, isConnected),

    updateScore: (score) => rate(nodes.get(score.nodeId), score),
  };
}

function rate(node: LiveNode | undefined, score: NodeScore): void {
  if (node) Object.assign(node, { score, reputation: reputationOf(score) });
}

function drain(node: LiveNode, index: ReadyIndex): void {
  node.draining = true;
  for (const service of node.services.keys()) index.refresh(node, service);
}

/** Finds an account's nodes without a look at all others. */
function createAccountIndex() {
  const sets = new Map<string, Set<LiveNode>>();
  return {
    of: (accountId: string): Iterable<LiveNode> => sets.get(accountId) ?? [],

    add(node: LiveNode): void {
      const { accountId } = node.record;
      sets.set(accountId, (sets.get(accountId) ?? new Set()).add(node));
    },

    remove(node: LiveNode): void {
      const { accountId } = node.record;
      const set = sets.get(accountId);
      if (set?.delete(node) && set.size === 0) sets.delete(accountId);
    },
  };
}

function liveNode(
  record: NodeRecord,
  register: NodeRegister,
  rest: Pick<LiveNode, 'session' | 'score' | 'lastSeenAt'>,
): LiveNode {
  return {
    ...rest,
    record,
    speaksPlexus: register.protocol !== undefined,
    services: servicesOf(record.capabilities, register.protocol?.services),
    settingUp: register.protocol?.setting_up ?? [],
    resources: resourcesOf(register),
    shape: shapeOf(register),
    memoryUsedBytes: register.protocol?.resources?.memory_used_bytes,
    infernet: register.protocol?.infernet,
    stats: register.protocol?.stats,
    draining: false,
    openPlaces: rest.session.isPolling ? 0 : Infinity,
    reputation: reputationOf(rest.score),
    leases: new Map(),
    released: new Map(),
  };
}

function renewOffer(node: LiveNode, record: NodeRecord, register: NodeRegister): void {
  node.record = record;
  node.services = servicesOf(record.capabilities, register.protocol?.services, node);
  node.settingUp = register.protocol?.setting_up ?? [];
  node.resources = resourcesOf(register);
  node.shape = shapeOf(register);
  node.infernet = register.protocol?.infernet;
  node.stats = register.protocol?.stats;
}
