import { encodeBase64, PASS_HEADERS, PASS_SECONDS, passMessage } from '@plexus/protocol';
import type { Identity } from './identity.ts';

/** A new one is made long before the coordinator would refuse it. */
const RENEW_MS = (PASS_SECONDS * 1000) / 5;

export interface NodePassOptions {
  readonly identity: Identity;
  /** The coordinator's public key as it was proven on the socket. */
  readonly coordinatorKey: () => string | undefined;
  readonly now?: () => number;
}

/** Headers by which the coordinator knows this node when it hands on a client's call. */
export type NodePass = () => Readonly<Record<string, string>>;

export function createNodePass({ identity, coordinatorKey, now = () => Date.now() }: NodePassOptions): NodePass {
  const { nodeId, signer } = identity;
  let current = { key: '', issuedAtMs: 0, text: '' };
  return () => {
    const key = coordinatorKey() ?? '';
    const time = now();
    if (current.key !== key || Math.abs(time - current.issuedAtMs) >= RENEW_MS) {
      const message = passMessage({ coordinatorKey: key, nodeId, issuedAtMs: time });
      const signature = encodeBase64(signer.sign(Buffer.from(message)));
      current = { key, issuedAtMs: time, text: `${time}.${signature}` };
    }
    return { [PASS_HEADERS.node]: nodeId, [PASS_HEADERS.pass]: current.text };
  };
}
