import type { Caller } from '../accounts/caller.ts';
import type { BooksReader } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { NodeAdmission } from '../nodes/node-admission.ts';
import type { NodeRecord } from '../nodes/node-record.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';

/** Nodes of one account that are looked at. */
export const MAX_OWN_NODES = 1000;

/** Which of its nodes a caller means. */
export interface MinerWish {
  /** Where it names one. */
  readonly nodeId?: string;
  /** The service that the jobs are of, as far as that is known. */
  readonly service: string;
}

export interface MinerChoiceDeps {
  readonly reader: Pick<BooksReader, 'listNodesOf'>;
  readonly registry: Pick<NodeRegistry, 'find'>;
  readonly admission: NodeAdmission;
  /** Off loopback only a provider's key stands for a miner. */
  readonly isLoopback: boolean;
}

/**
 * The miner that a key stands for: the one that polls with it, else a node of its account, those first that are
 * connected and do such jobs. A key without any gets a miner that is not there yet: it polls for work with that key.
 *
 * @throws {DomainError} FORBIDDEN, NODE_NOT_FOUND
 */
export type MinerChoice = (caller: Caller, wish: MinerWish) => Promise<NodeRecord>;

/** What the miner that polls with a key is called where it names itself otherwise not. */
export function minerIdOf({ keyId }: Pick<Caller, 'keyId'>): string {
  return `miner_${keyId.replace(/^key_/, '')}`;
}

/** @throws {DomainError} FORBIDDEN */
export function requireMiner({ role, scopes }: Caller, isLoopback: boolean): void {
  if (role === 'operator' || scopes.includes('node') || (isLoopback && scopes.includes('submit'))) return;
  throw new DomainError('FORBIDDEN', 'This key lacks the scope "node"', { needed: 'node' });
}

export function createMinerChoice({ reader, registry, admission, isLoopback }: MinerChoiceDeps): MinerChoice {
  return async (caller, { nodeId, service }) => {
    requireMiner(caller, isLoopback);
    const own = await reader.listNodesOf(caller.accountId, MAX_OWN_NODES);
    if (nodeId !== undefined) return named(own, nodeId);
    const pollerId = minerIdOf(caller);
    const rank = ({ id }: NodeRecord): number => {
      const node = registry.find(id);
      return Number(id === pollerId) * 4 + Number(node !== undefined) * 2 + Number(node?.services.has(service));
    };
    const [best] = own.toSorted((a, b) => rank(b) - rank(a));
    return best ?? (await admission.admit({ node_id: pollerId, capabilities: [] }, { caller, isLive: false }));
  };
}

function named(own: readonly NodeRecord[], nodeId: string): NodeRecord {
  const found = own.find(({ id }) => id === nodeId);
  if (found) return found;
  throw new DomainError('NODE_NOT_FOUND', 'This account has no such miner', { nodeId });
}
