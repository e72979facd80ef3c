import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Signer } from '@plexus/protocol';
import { SECRET_PREFIX } from '../webhooks/signature.ts';
import { readOrCreateSecret, readSecret } from './secret-file.ts';
import { loadSigner } from './signer.ts';

/** Random bytes in an API key; it shows them as 32 hex digits. Source: contract/gemmanet.md, "register". */
const KEY_BYTES = 16;
/** Source: Standard Webhooks 1.0.0, "Signature scheme": from 24 to 64. */
const WEBHOOK_SECRET_BYTES = 32;
const TOKEN_SECRET_BYTES = 32;

/** The secrets of one coordinator, each in a file of its own under its home. */
export interface Credentials {
  readonly signer: Signer;
  readonly operatorKey: string;
  readonly operatorKeyIsNew: boolean;
  /** A provider's key that lets nodes in where the coordinator is not on loopback. */
  readonly nodeToken: string | undefined;
  /** What somebody from outside must show to open an account. */
  readonly invite: string | undefined;
  /** A fresh API key, or always the same one for the same seed. */
  readonly newSecret: (seed?: string) => string;
  /** What tokens of wallets are signed with. */
  readonly tokenSecret: Uint8Array;
  /** What an account's callbacks are signed with: always the same for the same generation, and kept nowhere. */
  readonly webhookSecret: (accountId: string, generation: number) => string;
}

export function loadCredentials(home: string): Credentials {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const signer = loadSigner(join(home, 'coordinator.key'));
  const seedKey = readOrCreateSecret(join(home, 'derivation.key'), () => randomBytes(32).toString('hex')).text;
  const operator = readOrCreateSecret(join(home, 'operator.key'), freshKey);
  return {
    signer,
    operatorKey: operator.text,
    operatorKeyIsNew: operator.isNew,
    nodeToken: readSecret(join(home, 'node.token')),
    invite: readSecret(join(home, 'invite.code')),
    tokenSecret: new Uint8Array(hkdfSync('sha256', seedKey, '', 'wallet tokens', TOKEN_SECRET_BYTES)),
    webhookSecret(accountId, generation) {
      const secret = hkdfSync('sha256', seedKey, accountId, `webhook ${generation}`, WEBHOOK_SECRET_BYTES);
      return SECRET_PREFIX + Buffer.from(secret).toString('base64');
    },
    newSecret(seed) {
      if (seed === undefined) return freshKey();
      return `gn_${createHmac('sha256', seedKey)
        .update(seed)
        .digest('hex')
        .slice(0, KEY_BYTES * 2)}`;
    },
  };
}

/** Makes what a coordinator needs before others may reach it: an operator's key, a node token, an invite. */
export function makeCredentials(home: string): { operatorKey: string; nodeToken: string; invite: string } {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return {
    operatorKey: readOrCreateSecret(join(home, 'operator.key'), freshKey).text,
    nodeToken: readOrCreateSecret(join(home, 'node.token'), freshKey).text,
    invite: readOrCreateSecret(join(home, 'invite.code'), () => randomBytes(KEY_BYTES).toString('hex')).text,
  };
}

/** @throws {Error} when others could reach a coordinator that has no credentials to tell them apart */
export function requireCredentials(home: string, hosts: readonly string[]): void {
  const missing = ['operator.key', 'node.token'].filter((name) => readSecret(join(home, name)) === undefined);
  if (missing.length === 0) return;
  throw new Error(
    `Refusing to serve ${hosts.join(' and ')}: ${join(home, missing.join(' and '))} missing, so anybody could join or spend. ` +
      `Make them first: plexus coordinator --home ${home} --make-credentials`,
  );
}

/** Whether a text has the form of a key, be it one or not. */
export function isKeyLike(text: string): boolean {
  return new RegExp(`^gn_[0-9a-f]{${KEY_BYTES * 2}}$`).test(text);
}

function freshKey(): string {
  return `gn_${randomBytes(KEY_BYTES).toString('hex')}`;
}
