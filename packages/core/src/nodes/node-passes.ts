import { decodeBase64, PASS_SECONDS, passMessage, type ReceiptCrypto } from '@plexus/protocol';
import { DomainError } from '../errors.ts';
import type { NodeRegistry } from './node-registry.ts';

/** Passes that are remembered as good ones, one or two a node. */
const MAX_REMEMBERED = 10_000;
/** When it was issued, in milliseconds since 1970, and the signature in standard base64. */
const PASS = /^(\d{1,15})\.([A-Za-z0-9+/=]{1,100})$/;

export interface NodePassesDeps {
  readonly registry: Pick<NodeRegistry, 'find'>;
  readonly crypto: Pick<ReceiptCrypto, 'verify'>;
  /** The coordinator's own public key, standard base64. */
  readonly coordinatorKey: string;
  readonly clock: () => Date;
}

/** Tells connected nodes, which hand on the calls of their clients, from everybody else. */
export interface NodePasses {
  /** @throws {DomainError} NODE_IDENTITY_REFUSED */
  require(nodeId: string | undefined, pass: string | undefined): void;
}

const FOR_NODES = 'This is for connected nodes, which hand on the calls of their clients; call a node instead';
const WRONG_CLOCK = `The clocks of this node and of its coordinator differ by more than ${PASS_SECONDS} s: one of them is wrong`;

const utf8 = new TextEncoder();

export function createNodePasses({ registry, crypto, coordinatorKey, clock }: NodePassesDeps): NodePasses {
  /** Signed passes, which cost more to check than the rest of a request. */
  const signed = new Set<string>();

  function isSigned(nodeId: string, publicKey: string, pass: string): boolean {
    const name = `${nodeId} ${publicKey} ${pass}`;
    if (signed.has(name)) return true;
    const [, issuedAt = '', text = ''] = PASS.exec(pass) ?? [];
    const message = passMessage({ coordinatorKey, nodeId, issuedAtMs: Number(issuedAt) });
    const [key, signature] = [decodeBase64(publicKey), decodeBase64(text)];
    if (!key || !signature || !crypto.verify(key, utf8.encode(message), signature)) return false;
    if (signed.size >= MAX_REMEMBERED) signed.clear();
    signed.add(name);
    return true;
  }

  return {
    require(nodeId = '', pass = '') {
      const { publicKey } = registry.find(nodeId)?.record ?? {};
      const issuedAtMs = Number(PASS.exec(pass)?.[1]);
      const isCurrent = Math.abs(clock().getTime() - issuedAtMs) <= PASS_SECONDS * 1000;
      if (isCurrent && publicKey !== undefined && isSigned(nodeId, publicKey, pass)) return;
      const isOfAnotherTime = publicKey !== undefined && !isCurrent && !Number.isNaN(issuedAtMs);
      throw new DomainError('NODE_IDENTITY_REFUSED', isOfAnotherTime ? WRONG_CLOCK : FOR_NODES, { nodeId });
    },
  };
}
