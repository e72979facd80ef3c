/** Certificates by which nodes know each other: the coordinator is the authority, and its key signs. Source: RFC 5280, 8410. */
import { randomBytes } from 'node:crypto';
import { decodeBase64, type Signer } from '@plexus/protocol';
import { bitString, der, integer, oid, TAG, text, time } from './der.ts';

const HOUR_MS = 3_600_000;
/** Source: DESIGN.md, decision 9. */
const NODE_HOURS = 24;
const AUTHORITY_HOURS = 10 * 365 * 24;
/** Clocks of nodes may be behind. */
const EARLIER_HOURS = 1;
const SERIAL_BYTES = 16;
const [ED25519, COMMON_NAME, BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE] = [
  '1.3.101.112',
  '2.5.4.3',
  '2.5.29.19',
  '2.5.29.15',
  '2.5.29.37',
];
const [SERVER_AUTH, CLIENT_AUTH] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];
/** The uses of a key as bits: to sign certificates, and to sign. */
const [CERT_SIGN, DIGITAL_SIGNATURE] = [bitString(Buffer.from([0x04]), 2), bitString(Buffer.from([0x80]), 7)];
const TRUE = der(TAG.boolean, Buffer.from([0xff]));
const VERSION_3 = der(TAG.version, integer(Buffer.from([2])));
const ALGORITHM = der(TAG.sequence, oid(ED25519));

/** PEM. */
export interface NodeCertificate {
  readonly certificate: string;
  readonly authority: string;
  readonly expiresAt: Date;
}

/** Issues certificates that bind a node's id to its own key. */
export interface CertificateAuthority {
  /**
   * @param publicKey raw Ed25519 key in standard base64
   * @throws {RangeError} when it is no such key
   */
  issue(nodeId: string, publicKey: string, now: Date): NodeCertificate;
}

export function createCertificateAuthority(
  signer: Signer,
  now: Date,
  newSerial: () => Uint8Array = () => randomBytes(SERIAL_BYTES),
): CertificateAuthority {
  const issuer = `plexus coordinator ${signer.keyId}`;
  const sign = (subject: Subject, at: Date): string =>
    pem(certificateOf(subject, { signer, issuer, at, serial: newSerial() }));
  const authority = sign(
    { name: issuer, publicKey: signer.publicKey, hours: AUTHORITY_HOURS, extensions: AUTHORITY },
    now,
  );
  return {
    issue(nodeId, publicKey, at) {
      const subject = { name: nodeId, publicKey, hours: NODE_HOURS, extensions: NODE };
      return { certificate: sign(subject, at), authority, expiresAt: new Date(at.getTime() + NODE_HOURS * HOUR_MS) };
    },
  };
}

interface Subject {
  readonly name: string;
  readonly publicKey: string;
  readonly hours: number;
  readonly extensions: Buffer;
}

interface Issue {
  readonly signer: Signer;
  readonly issuer: string;
  readonly at: Date;
  readonly serial: Uint8Array;
}

function certificateOf({ name, publicKey, hours, extensions }: Subject, { signer, issuer, at, serial }: Issue): Buffer {
  const key = decodeBase64(publicKey);
  if (key?.length !== 32) throw new RangeError('An Ed25519 key has 32 bytes');
  const from = new Date(at.getTime() - EARLIER_HOURS * HOUR_MS);
  const until = new Date(at.getTime() + hours * HOUR_MS);
  const signed = der(
    TAG.sequence,
    VERSION_3,
    integer(serial),
    ALGORITHM,
    nameOf(issuer),
    der(TAG.sequence, time(from), time(until)),
    nameOf(name),
    der(TAG.sequence, ALGORITHM, bitString(key)),
    der(TAG.extensions, extensions),
  );
  return der(TAG.sequence, signed, ALGORITHM, bitString(signer.sign(signed)));
}

function nameOf(commonName: string): Buffer {
  return der(TAG.sequence, der(TAG.set, der(TAG.sequence, oid(COMMON_NAME), text(commonName))));
}

function extension(id: string, value: Buffer): Buffer {
  return der(TAG.sequence, oid(id), TRUE, der(TAG.octetString, value));
}

const AUTHORITY = der(
  TAG.sequence,
  extension(BASIC_CONSTRAINTS, der(TAG.sequence, TRUE)),
  extension(KEY_USAGE, CERT_SIGN),
);

const NODE = der(
  TAG.sequence,
  extension(BASIC_CONSTRAINTS, der(TAG.sequence)),
  extension(KEY_USAGE, DIGITAL_SIGNATURE),
  extension(EXTENDED_KEY_USAGE, der(TAG.sequence, oid(SERVER_AUTH), oid(CLIENT_AUTH))),
);

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
