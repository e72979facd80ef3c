/** What follows from a row of the access table for each kind of caller. */

/** Parts of a request that a caller who may make it is granted. */
export interface Ask {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  /** Bytes are a file. */
  readonly body?: unknown;
}

/** What exists in the network; all but the nodes and the account that others have belongs to one client. */
export interface Things {
  readonly accountId: string;
  readonly jobId: string;
  /** Of a job for containers. */
  readonly containerJobId: string;
  readonly receiptId: string;
  readonly deliveryId: string;
  readonly nodeId: string;
  /** A node to which something may be done. */
  readonly victimId: string;
  readonly treeSize: number;
  /** Of a job that was given to an offer. */
  readonly transactionId: string;
  /** An active offer of the client. */
  readonly offerId: string;
  /** @returns the id of another one, which may be withdrawn */
  makeOffer(): Promise<string>;
  /** @returns the id of a key of the client that may be revoked */
  makeKey(): Promise<string>;
}

/** Any success. */
export const GRANTED = 'granted';
/** A success, or that not all is well: on a busy machine a peer may not answer in time. */
export const TOLD = 'told';
/** A status, or one of several. */
export type Expected = number | typeof GRANTED | typeof TOLD;

type Scope = 'submit' | 'read' | 'wallet' | 'keys' | 'node';
export const SCOPES: readonly Scope[] = ['submit', 'read', 'wallet', 'keys', 'node'];

export interface Access {
  /** Nothing, any valid key, an operator's, or a key with one of these scopes. */
  readonly needs: 'nothing' | 'key' | 'operator' | readonly Scope[];
  readonly ask?: (things: Things) => Ask | Promise<Ask>;
  /** What somebody is told who may ask; a success by default. */
  readonly granted?: Expected;
  /** Whether it costs credits; work for nothing has to be waited for, too. */
  readonly spends?: boolean | 'nothing';
  /** Whether nobody needs a key, who is then told apart by the address; a wrong key is refused all the same. */
  readonly takesGuests?: boolean;
  /** What somebody without a key is told, if not what others are. */
  readonly guest?: Expected;
  /** Whether a key with a limit of its own or an expiry may not do it, whatever its scopes. */
  readonly isBarredToLimited?: boolean;
  /** What is told of the things of another account. */
  readonly ofOthers?: { readonly client: Expected; readonly operator: Expected };
}

export interface AccessCaller {
  readonly name: string;
  readonly key: string | undefined;
  /** Absent for whoever has no valid key. */
  readonly scopes?: ReadonlySet<string>;
  readonly isOperator?: boolean;
  /** Whether it is the client itself, with its first key. */
  readonly isOwner?: boolean;
  readonly isLimited?: boolean;
  /** Whether its spending limit is used up. */
  readonly isSpent?: boolean;
}

/** Statuses that each dialect has for a limit that is used up. */
const UNPAID: readonly number[] = [402, 429];

/** What a caller must be told. */
export function expectedOf(access: Access, caller: AccessCaller): Expected | 'unpaid' {
  const { needs, granted = GRANTED } = access;
  if (needs === 'nothing') return granted;
  if (!caller.scopes) return strangersDue(access, caller);
  if (!mayCall(needs, caller)) return 403;
  // What is asked for belongs to a client.
  if (caller.isOperator === true && access.ofOthers) return access.ofOthers.operator;
  if (access.isBarredToLimited === true && caller.isLimited === true) return 403;
  return access.spends === true && caller.isSpent === true ? 'unpaid' : granted;
}

/** What is told whoever has no valid key. */
function strangersDue({ takesGuests = false, guest, granted = GRANTED }: Access, { key }: AccessCaller): Expected {
  return takesGuests && key === undefined ? (guest ?? granted) : 401;
}

function mayCall(needs: Exclude<Access['needs'], 'nothing'>, { scopes, isOperator = false }: AccessCaller): boolean {
  if (needs === 'key' || isOperator) return true;
  return needs !== 'operator' && needs.some((scope) => scopes?.has(scope));
}

export function isAsExpected(status: number, expected: Expected | 'unpaid'): boolean {
  const isSuccess = status >= 200 && status < 300;
  if (expected === GRANTED) return isSuccess;
  if (expected === TOLD) return isSuccess || status === 503;
  return expected === 'unpaid' ? UNPAID.includes(status) : status === expected;
}
