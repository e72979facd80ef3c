/** How nodes come to know each other, and prove that they are up. */
import Type, { type Static } from 'typebox';

/** Ours: which nodes to call by gRPC, and with what certificate; each list takes the place of the one before. */
export const Peers = Type.Object({
  /** PEM: of this node's own key, of the network's authority, and until when. */
  certificate: Type.String(),
  authority: Type.String(),
  expires_at: Type.String(),
  peers: Type.Array(
    Type.Object({ node_id: Type.String(), host: Type.String(), port: Type.Integer({ minimum: 1, maximum: 65_535 }) }),
    { maxItems: 64 },
  ),
});
export type Peers = Static<typeof Peers>;

/** The text that a node signs to prove that it was up; a moment is covered once. Times are milliseconds since 1970. */
export function uptimeMessage(parts: {
  readonly coordinatorKey: string;
  readonly nodeId: string;
  readonly fromMs: number;
  readonly toMs: number;
}): string {
  const { coordinatorKey, nodeId, fromMs, toMs } = parts;
  return ['plexus uptime proof v1', coordinatorKey, nodeId, String(fromMs), String(toMs)].join('\n');
}
