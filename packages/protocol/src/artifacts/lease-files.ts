/**
 * How a node gets at the files of a job that it has under lease: over HTTP at its coordinator, each request signed with
 * the node's own key. Nothing in a signature grows old: it says one thing about one lease, and is worth nothing once that
 * is over.
 */
import Type, { type Static } from 'typebox';

/** Headers of a node's request: who asks, and the signature of `leaseFileMessage` in standard base64. */
export const LEASE_HEADERS = { node: 'plexus-node', signature: 'plexus-signature' } as const;

/** The lease that a request is about. */
export interface LeaseName {
  readonly jobId: string;
  readonly epoch: number;
}

/** What a node may do with the files of its job. */
export type LeaseAction =
  | { readonly type: 'read_bundle' }
  | { readonly type: 'write_output'; readonly name: string; readonly sha256: string; readonly sizeBytes: number };

/** The text that a node signs: bound to one coordinator, node, lease and action, and for a file to its content. */
export function leaseFileMessage(
  lease: LeaseName & { readonly coordinatorKey: string; readonly nodeId: string },
  action: LeaseAction,
): string {
  const { coordinatorKey, nodeId, jobId, epoch } = lease;
  const what = action.type === 'read_bundle' ? [] : [action.name, action.sha256, String(action.sizeBytes)];
  return ['plexus lease file v1', coordinatorKey, nodeId, jobId, String(epoch), action.type, ...what].join('\n');
}

/** Path of the bundle that the job under a lease names. */
export function leaseBundlePath({ jobId, epoch }: LeaseName): string {
  return `/plexus/v1/leases/${encodeURIComponent(jobId)}/${epoch}/bundle`;
}

/** Path to which an output file of the job under a lease is sent. */
export function leaseOutputPath({ jobId, epoch }: LeaseName, name: string, sha256: string): string {
  const query = new URLSearchParams({ name, sha256 }).toString();
  return `/plexus/v1/leases/${encodeURIComponent(jobId)}/${epoch}/outputs?${query}`;
}

/** An output file as the coordinator keeps it. */
export const KeptOutput = Type.Object({
  name: Type.String(),
  /** Path at the coordinator that the job was sent to; whoever knows it may read the file. */
  url: Type.String(),
  size: Type.Integer(),
  sha256: Type.String(),
  content_type: Type.String(),
});
export type KeptOutput = Static<typeof KeptOutput>;
