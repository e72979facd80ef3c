import { nodeOfScope, SCOPES_AT_NODE } from '../accounts/api-key.ts';
import type { Authenticator } from '../accounts/authenticator.ts';
import type { Caller } from '../accounts/caller.ts';
import type { BooksReader } from '../books/books.ts';
import { DomainError } from '../errors.ts';
import type { NodePasses } from './node-passes.ts';
import type { NodeRegistry } from './node-registry.ts';

/** A node's word that it hands on the call of a client. */
export interface NodeClaim {
  readonly nodeId: string;
  readonly pass: string | undefined;
}

export interface NodeGateDeps {
  readonly authenticator: Authenticator;
  readonly passes: NodePasses;
  readonly registry: Pick<NodeRegistry, 'find'>;
  readonly reader: Pick<BooksReader, 'findAccount'>;
  /** Whether only this machine can reach the network: then every key is good on every node. */
  readonly isLocal: boolean;
}

/** Authenticates keys, also those that were shown to a node, which could keep them. */
export interface NodeGate extends Authenticator {
  /**
   * The caller behind a key.
   *
   * @param claim the node that the key was shown to
   * @throws {DomainError} MISSING_API_KEY, INVALID_API_KEY also where it is not good for this node, KEY_EXPIRED,
   *   NODE_IDENTITY_REFUSED
   */
  authenticate(apiKey: string | undefined, claim?: NodeClaim): Promise<Caller>;
  /** Whether an account is the one that a connected node earns for, or that one's owner. */
  owns(accountId: string, nodeId: string): Promise<boolean>;
}

/** @see contract/README.md, "A node accepts its owner's keys and keys scoped to it" */
export function createNodeGate({ authenticator, passes, registry, reader, isLocal }: NodeGateDeps): NodeGate {
  async function owns(accountId: string, nodeId: string): Promise<boolean> {
    const node = registry.find(nodeId);
    if (!node) return false;
    if (node.record.accountId === accountId) return true;
    return (await reader.findAccount(node.record.accountId))?.ownerId === accountId;
  }

  return {
    owns,
    forget: (keyId) => authenticator.forget(keyId),

    async authenticate(apiKey, claim) {
      if (claim) passes.require(claim.nodeId, claim.pass);
      const caller = await authenticator.authenticate(apiKey);
      const nodeIds = caller.scopes.flatMap((scope) => nodeOfScope(scope) ?? []);
      if (nodeIds.length > 0) return scoped(caller, nodeIds, claim);
      if (!claim || isLocal || (await owns(caller.accountId, claim.nodeId))) return caller;
      const remedy = `plexus keys create --scope node:${claim.nodeId} --spend-limit CREDITS`;
      const message = `This node is somebody else's and takes only keys that were made for it: ${remedy}`;
      throw new DomainError('INVALID_API_KEY', message, { node: claim.nodeId });
    },
  };
}

/** A key that was made for a node may spend there, and nowhere else. */
function scoped(caller: Caller, nodeIds: readonly string[], claim: NodeClaim | undefined): Caller {
  if (!claim || !nodeIds.includes(claim.nodeId)) {
    const node = nodeIds.join(', ');
    throw new DomainError('INVALID_API_KEY', `This key is good at ${node} only`, { node });
  }
  return { ...caller, scopes: [...new Set([...caller.scopes, ...SCOPES_AT_NODE])] };
}
