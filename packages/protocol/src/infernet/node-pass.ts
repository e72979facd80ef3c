/** How a node that hands on the calls of its clients says who it is and who they are. */

/**
 * Who hands it on; its pass; the address of the client that called it; and of a job that the node found on a chain, the
 * subscription's owner.
 */
export const PASS_HEADERS = {
  node: 'plexus-node',
  pass: 'plexus-pass',
  client: 'plexus-client',
  chain: 'plexus-chain',
} as const;

/** How long a pass is good. The clocks of the two machines may be apart by most of it. */
export const PASS_SECONDS = 300;

/** The text that a node signs: bound to one coordinator, node and time in milliseconds since 1970. */
export function passMessage(parts: {
  readonly coordinatorKey: string;
  readonly nodeId: string;
  readonly issuedAtMs: number;
}): string {
  return ['plexus node pass v1', parts.coordinatorKey, parts.nodeId, String(parts.issuedAtMs)].join('\n');
}
