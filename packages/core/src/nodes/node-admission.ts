import type { NodeRegister } from '@plexus/protocol';
import type { Account } from '../accounts/account.ts';
import type { Caller } from '../accounts/caller.ts';
import type { Books } from '../books/books.ts';
import type { RegisterNode } from '../books/commands.ts';
import { DomainError } from '../errors.ts';
import type { NodeRecord } from './node-record.ts';

/** What a node brought to show who it is. */
export interface NodeCredentials {
  /** The public key whose challenge it answered. */
  readonly provenKey?: string;
  /** Whose API key it brought. */
  readonly caller?: Caller;
  /** Whether a node of the same id is connected now. */
  readonly isLive: boolean;
}

export interface NodeAdmissionDeps {
  readonly books: Books;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly mintId: string;
  /** Micro-credits a new node's account is given. */
  readonly registerGrant: bigint;
  /** Off loopback nobody is let in without a provider's key. */
  readonly isLoopback: boolean;
  readonly onAccounts: (accounts: readonly Account[]) => void;
}

/** Decides who a node is, and whose account it earns for. */
export interface NodeAdmission {
  /** @throws {DomainError} NODE_IDENTITY_REFUSED */
  admit(register: NodeRegister, credentials: NodeCredentials): Promise<NodeRecord>;
}

export function createNodeAdmission(deps: NodeAdmissionDeps): NodeAdmission {
  const { books } = deps;
  return {
    async admit(register, credentials) {
      requireProvider(register, credentials, deps.isLoopback);
      const known = await books.read.findNode(register.node_id);
      const namesake = known ? undefined : await books.read.findAccount(register.node_id);
      if (known) await requireSameNode(known, credentials, books);
      if (namesake && credentials.caller?.accountId !== namesake.id) {
        throw refused(register.node_id, 'This node id is the id of an account; connect with a key of that account');
      }
      const command = known
        ? { node: renewed(known, register, credentials) }
        : newNode(register, credentials, { ...deps, namesake });
      const outcome = await books.commit({ type: 'registerNode', ...command });
      deps.onAccounts(outcome.accounts);
      return command.node;
    },
  };
}

function requireProvider(
  { node_id }: NodeRegister,
  { provenKey, caller, isLive }: NodeCredentials,
  isLoopback: boolean,
): void {
  const mayServe = caller?.role === 'operator' || caller?.scopes.includes('node') === true;
  if (!isLoopback && !mayServe) {
    throw refused(
      node_id,
      'This coordinator takes nodes only with a key of scope "node": its node token, or one that its operator makes with plexus keys create --role provider --account ACCOUNT; plexus node takes it from PLEXUS_NODE_TOKEN',
    );
  }
  if (isLive && provenKey === undefined && caller === undefined) {
    throw refused(node_id, "A node of this id is connected; prove its key or bring its account's token");
  }
}

/** A known node comes back with its key, or with a key of the account it earns for or of that account's owner. */
async function requireSameNode(known: NodeRecord, { provenKey, caller }: NodeCredentials, books: Books): Promise<void> {
  if (provenKey !== undefined && known.publicKey === provenKey) return;
  if (known.publicKey !== undefined && provenKey !== undefined) {
    throw refused(known.id, 'This node id is bound to another key');
  }
  if (known.custodial && caller === undefined && provenKey === undefined) return;
  const account = await books.read.findAccount(known.accountId);
  const isOwner =
    caller !== undefined && (caller.accountId === known.accountId || caller.accountId === account?.ownerId);
  if (!isOwner) throw refused(known.id, "This node id is somebody's; prove its key or bring its account's token");
}

function renewed(known: NodeRecord, register: NodeRegister, { provenKey }: NodeCredentials): NodeRecord {
  const publicKey = known.publicKey ?? provenKey;
  return { ...known, ...offerOf(register, known.name), ...(publicKey !== undefined && { publicKey }) };
}

interface NewNodeContext extends Pick<NodeAdmissionDeps, 'clock' | 'newId' | 'mintId' | 'registerGrant'> {
  readonly namesake: Account | undefined;
}

/** A node with a key of its own has an account of its own; one with only a token earns for the token's account. */
function newNode(
  register: NodeRegister,
  { provenKey, caller }: NodeCredentials,
  { clock, newId, mintId, registerGrant, namesake }: NewNodeContext,
): Omit<RegisterNode, 'type'> {
  const createdAt = clock();
  const custodial = provenKey === undefined && caller === undefined;
  const tokenOnly = provenKey === undefined ? caller?.accountId : undefined;
  const accountId = namesake?.id ?? tokenOnly ?? newId();
  const node = {
    id: register.node_id,
    accountId,
    custodial,
    createdAt,
    ...offerOf(register, register.node_id),
    ...(provenKey !== undefined && { publicKey: provenKey }),
  };
  if (namesake ?? tokenOnly) return { node };
  const owner = caller && { ownerId: caller.accountId };
  const account = {
    id: accountId,
    kind: custodial ? 'custody' : 'node',
    name: node.name,
    createdAt,
    ...owner,
  } as const;
  return { node, account: { account, grant: registerGrant, mintId } };
}

function offerOf({ name, capabilities = [], languages = [], protocol }: NodeRegister, fallbackName: string) {
  const offered = protocol ? protocol.services.map((service) => service.id) : capabilities;
  return { name: name ?? fallbackName, capabilities: offered, languages };
}

function refused(nodeId: string, message: string): DomainError {
  return new DomainError('NODE_IDENTITY_REFUSED', message, { nodeId });
}
