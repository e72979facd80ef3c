import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Signer } from '@plexus/protocol';
import { createFile, readIfThere } from './files.ts';

/** The key that a node is known by, and signs its work with. */
export interface Identity {
  readonly nodeId: string;
  readonly signer: Signer;
  /** PKCS #8 PEM, for connections between nodes. */
  readonly privateKey: string;
}

/**
 * The identity kept in HOME/node.key; made at the first start.
 *
 * @throws {Error} when the file is not an Ed25519 key in PKCS #8 PEM
 */
export async function loadIdentity(home: string): Promise<Identity> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const path = join(home, 'node.key');
  const pem = (await readIfThere(path)) ?? (await makeKey(path));
  return identityOf(readKey(pem, path));
}

/** Whoever made the file first made the key, so it is read back. */
async function makeKey(path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await createFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return readFile(path, 'utf8');
}

function readKey(pem: string, path: string): KeyObject {
  const hint = `${path} is not an Ed25519 private key in PKCS #8 PEM; move it away to start with a new identity`;
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new Error(hint, { cause: error });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(hint);
  return key;
}

function identityOf(privateKey: KeyObject): Identity {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url');
  const keyId = createHash('sha256').update(raw).digest('hex').slice(0, 16);
  return {
    nodeId: `node-${keyId}`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    signer: { publicKey: raw.toString('base64'), keyId, sign: (message) => sign(null, message, privateKey) },
  };
}
