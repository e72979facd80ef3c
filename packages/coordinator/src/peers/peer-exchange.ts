import type { Peers } from '@plexus/protocol';
import type { CertificateAuthority, NodeCertificate } from './certificates.ts';

/** Neighbours to each side, in the order of their ids: the most that one node is told of. */
const SIDE = 16;
/** Certificates are renewed when this share of their time is left. */
const RENEW_MS = 12 * 3_600_000;

/** A connected node that others can call by gRPC. */
export interface PeerNode {
  readonly nodeId: string;
  /** Raw Ed25519 key in standard base64. */
  readonly publicKey: string;
  readonly host: string;
  readonly port: number;
  tell(peers: Peers): void;
}

/** Tells nodes of each other, as they come and go. */
export interface PeerExchange {
  /** A node that says anew what it offers keeps its certificate while that is good for long enough. */
  join(node: PeerNode): void;
  /** Forgets the node, unless another one has taken its place. */
  leave(node: PeerNode): void;
}

interface Member extends PeerNode {
  certificate: NodeCertificate;
}

export function createPeerExchange(authority: CertificateAuthority, clock: () => Date): PeerExchange {
  /** In the order of their ids. */
  const members: Member[] = [];
  const nodes = new WeakMap<Member, PeerNode>();

  function placeOf(nodeId: string): number {
    const at = members.findIndex((member) => member.nodeId >= nodeId);
    return at === -1 ? members.length : at;
  }

  /** Places of the neighbours of a place, itself among them. */
  function around(at: number): readonly number[] {
    const count = Math.min(members.length, 2 * SIDE + 1);
    const first = members.length <= 2 * SIDE + 1 ? 0 : at - SIDE;
    return Array.from({ length: count }, (_, i) => (first + i + members.length) % members.length);
  }

  function tell(at: number): void {
    const member = members[at];
    if (!member) return;
    const now = clock();
    if (member.certificate.expiresAt.getTime() - now.getTime() < RENEW_MS) {
      member.certificate = authority.issue(member.nodeId, member.publicKey, now);
    }
    const { certificate, authority: root, expiresAt } = member.certificate;
    const others = around(at).flatMap((place) => (place === at ? [] : (members[place] ?? [])));
    const peers = others.map(({ nodeId, host, port }) => ({ node_id: nodeId, host, port }));
    member.tell({ certificate, authority: root, expires_at: expiresAt.toISOString(), peers });
  }

  function remove(at: number): void {
    members.splice(at, 1);
    if (members.length > 0) around(at % members.length).forEach(tell);
  }

  return {
    join(node) {
      const at = placeOf(node.nodeId);
      const before = members[at]?.nodeId === node.nodeId ? members.splice(at, 1)[0] : undefined;
      // A new one would end the connections that the node has by the old one.
      const certificate =
        before?.publicKey === node.publicKey
          ? before.certificate
          : authority.issue(node.nodeId, node.publicKey, clock());
      const member: Member = { ...node, tell: (peers) => node.tell(peers), certificate };
      nodes.set(member, node);
      members.splice(at, 0, member);
      around(at).forEach(tell);
    },

    leave(node) {
      const at = placeOf(node.nodeId);
      const member = members[at];
      if (member && nodes.get(member) === node) remove(at);
    },
  };
}
