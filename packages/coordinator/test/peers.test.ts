import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Peers, Signer } from '@plexus/protocol';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../src/peers/certificates.ts';
import { createPeerExchange, type PeerNode } from '../src/peers/peer-exchange.ts';

const NOW = new Date('2026-01-15T12:00:00.000Z');
const HOUR_MS = 3_600_000;

function makeKey(): { signer: Signer; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
  const signer = { publicKey: raw, keyId: 'abc', sign: (message: Uint8Array) => sign(null, message, privateKey) };
  return { signer, publicKey: raw };
}

test('a certificate names the node, holds its key and is signed by the authority, for a day', () => {
  const authority = createCertificateAuthority(makeKey().signer, NOW);
  const { publicKey } = makeKey();
  const issued = authority.issue('node-1234', publicKey, NOW);
  const [certificate, root] = [new X509Certificate(issued.certificate), new X509Certificate(issued.authority)];
  expect(certificate.subject).toBe('CN=node-1234');
  expect(certificate.ca).toBe(false);
  expect(root.ca).toBe(true);
  expect(certificate.checkIssued(root)).toBe(true);
  expect(certificate.verify(root.publicKey)).toBe(true);
  expect(root.verify(root.publicKey)).toBe(true);
  expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')).toBe(
    publicKey,
  );
  expect(new Date(certificate.validTo).getTime()).toBe(NOW.getTime() + 24 * HOUR_MS);
  expect(issued.expiresAt.getTime()).toBe(NOW.getTime() + 24 * HOUR_MS);
  const other = createCertificateAuthority(makeKey().signer, NOW).issue('node-1234', publicKey, NOW);
  expect(new X509Certificate(other.certificate).verify(root.publicKey)).toBe(false);
});

/** OpenSSL refuses a certificate in which a number has more bytes than it needs. */
test.each([
  [[1], '01'],
  [[0, 1], '01'],
  [[0, 0, 0x7f, 1], '7F01'],
  [[0x80, 1], '8001'],
  [[0, 0x80], '80'],
  [[0, 0, 0], '0'],
])('a serial number of the bytes %j is read as %s', (bytes, serial) => {
  const { certificate } = createCertificateAuthority(makeKey().signer, NOW, () => Uint8Array.from(bytes)).issue(
    'node-1234',
    makeKey().publicKey,
    NOW,
  );
  expect(new X509Certificate(certificate).serialNumber).toBe(serial);
  expect(() => createSecureContext({ cert: certificate })).not.toThrow();
});

interface Told extends PeerNode {
  readonly lists: Peers[];
}

function makeNode(nodeId: string): Told {
  const lists: Peers[] = [];
  const { publicKey } = makeKey();
  return { nodeId, publicKey, host: '127.0.0.1', port: 9000, lists, tell: (peers) => void lists.push(peers) };
}

const known = ({ lists }: Told) => lists.at(-1)?.peers.map(({ node_id: nodeId }) => nodeId) ?? [];

test('nodes are told of each other as they come and go', () => {
  const exchange = createPeerExchange(createCertificateAuthority(makeKey().signer, NOW), () => NOW);
  const [a, b, c] = [makeNode('a'), makeNode('b'), makeNode('c')];
  for (const node of [c, a, b]) exchange.join(node);
  expect([known(a), known(b), known(c)]).toEqual([
    ['b', 'c'],
    ['a', 'c'],
    ['a', 'b'],
  ]);
  exchange.leave(b);
  expect([known(a), known(c)]).toEqual([['c'], ['a']]);
  // A node that came back is not forgotten when its old connection ends.
  const again = makeNode('a');
  exchange.join(again);
  exchange.leave(a);
  expect(known(c)).toEqual(['a']);
});

test('a node that says anew what it offers keeps its certificate, unless that is old or of another key', () => {
  let now = NOW;
  const exchange = createPeerExchange(createCertificateAuthority(makeKey().signer, NOW), () => now);
  const node = makeNode('a');
  const given = (peer: Told) => {
    exchange.join(peer);
    return peer.lists.at(-1)?.certificate;
  };
  const first = given(node);
  expect(given(node)).toBe(first);
  const another = given(makeNode('a'));
  expect(another).not.toBe(first);
  const renewed = given(node);
  now = new Date(NOW.getTime() + 13 * HOUR_MS);
  expect([first, another, renewed]).not.toContain(given(node));
});

test('of many nodes each is told of its neighbours only, which are told of it', () => {
  const exchange = createPeerExchange(createCertificateAuthority(makeKey().signer, NOW), () => NOW);
  const nodes = Array.from({ length: 80 }, (_, i) => makeNode(`node-${String(i).padStart(3, '0')}`));
  for (const node of nodes.toSorted(() => 0.5 - Math.random())) exchange.join(node);
  for (const node of nodes) {
    expect(known(node)).toHaveLength(32);
    for (const nodeId of known(node)) {
      const peer = nodes.find((one) => one.nodeId === nodeId);
      expect(peer && known(peer), `${nodeId} of ${node.nodeId}`).toContain(node.nodeId);
    }
  }
});
