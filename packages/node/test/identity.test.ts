import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signBatch, verifySignature } from '@plexus/protocol';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../src/crypto.ts';
import { replaceFile } from '../src/files.ts';
import { loadIdentity } from '../src/identity.ts';
import { loadTrust } from '../src/trust.ts';
import { temporaryFolder } from './setup.ts';

test('a key is made once, for its owner only, and names the node', async () => {
  const home = join(await temporaryFolder(), 'new', 'home');
  const first = await loadIdentity(home);
  const again = await loadIdentity(home);
  expect(again.nodeId).toBe(first.nodeId);
  expect(again.signer.publicKey).toBe(first.signer.publicKey);
  const raw = Buffer.from(first.signer.publicKey, 'base64');
  expect(raw).toHaveLength(32);
  expect(first.nodeId).toBe(`node-${createHash('sha256').update(raw).digest('hex').slice(0, 16)}`);
  expect((await stat(join(home, 'node.key'))).mode & 0o777).toBe(0o600);
  expect(await readdir(home)).toEqual(['node.key']);
});

test('nodes that start at once in one home have one identity', async () => {
  const home = await temporaryFolder();
  const identities = await Promise.all(Array.from({ length: 8 }, () => loadIdentity(home)));
  expect(new Set(identities.map(({ nodeId }) => nodeId)).size).toBe(1);
  expect(await readdir(home)).toEqual(['node.key']);
});

test('a file that cannot be replaced leaves no draft of the new one behind', async () => {
  const home = await temporaryFolder();
  await mkdir(join(home, 'taken'));
  expect(() => replaceFile(join(home, 'taken'), 'new')).toThrow('EISDIR');
  expect(await readdir(home)).toEqual(['taken']);
});

test('what it signs verifies, and nothing else does', async () => {
  const { signer } = await loadIdentity(await temporaryFolder());
  const payload = Buffer.from('{"a":1}');
  const [signature] = signBatch(nodeCrypto, signer, [payload]);
  if (!signature) throw new Error('nothing was signed');
  expect(verifySignature(nodeCrypto, payload, signature)).toBe(true);
  expect(verifySignature(nodeCrypto, Buffer.from('{"a":2}'), signature)).toBe(false);
});

test.each([
  ['no key at all', 'hello'],
  [
    'a key of another kind',
    generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
])('a file with %s is an error that says what to do', async (_name, text) => {
  const home = await temporaryFolder();
  await writeFile(join(home, 'node.key'), text);
  await expect(loadIdentity(home)).rejects.toThrow(/node\.key is not an Ed25519 private key.*move it away/);
});

test.each(['', '[]', '{"http://x":{"public_key":1}}'])('a list of coordinators is not guessed at: %s', async (text) => {
  const home = await temporaryFolder();
  await writeFile(join(home, 'coordinators.json'), text);
  await expect(loadTrust(home)).rejects.toThrow('coordinators.json');
});
