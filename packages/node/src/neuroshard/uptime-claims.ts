import { encodeBase64, type Heartbeat, uptimeMessage } from '@plexus/protocol';
import type { Identity } from '../identity.ts';

/** The first claim of a connection is due after so long, the others after each time as long; heartbeats carry them. */
const FIRST_MS = 55_000;
const OTHERS_MS = 595_000;

export interface UptimeClaimsOptions {
  readonly identity: Identity;
  /** The coordinator's public key as it was proven on the socket. */
  readonly coordinatorKey: () => string | undefined;
  readonly now?: () => number;
}

/** Proofs that this node was up, made along with its heartbeats. */
export interface UptimeClaims {
  /** What came before was another connection's. */
  connected(): void;
  /** A claim when one is due. */
  next(): Pick<Heartbeat, 'uptime'>;
}

export function createUptimeClaims({
  identity,
  coordinatorKey,
  now = () => Date.now(),
}: UptimeClaimsOptions): UptimeClaims {
  let fromMs = now();
  let waitMs = FIRST_MS;
  return {
    connected() {
      fromMs = now();
      waitMs = FIRST_MS;
    },
    next() {
      const toMs = now();
      const key = coordinatorKey();
      if (key === undefined || toMs - fromMs < waitMs) return {};
      const message = uptimeMessage({ coordinatorKey: key, nodeId: identity.nodeId, fromMs, toMs });
      const uptime = {
        from_ms: fromMs,
        to_ms: toMs,
        signature: encodeBase64(identity.signer.sign(Buffer.from(message))),
      };
      fromMs = toMs;
      waitMs = OTHERS_MS;
      return { uptime };
    },
  };
}
