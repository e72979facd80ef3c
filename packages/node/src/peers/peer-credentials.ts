import type { Peers } from '@plexus/protocol';

/** What a node shows to others, and knows them by; PEM. */
export interface PeerCredentials {
  readonly key: Buffer;
  readonly certificate: Buffer;
  readonly authority: Buffer;
}

export function credentialsOf(privateKey: string, { certificate, authority }: Peers): PeerCredentials {
  return { key: Buffer.from(privateKey), certificate: Buffer.from(certificate), authority: Buffer.from(authority) };
}
