import { canonicalJson } from './canonical-json.ts';
import type { ReceiptCrypto, Signer } from './crypto.ts';
import type { TreeHead } from './receipt.ts';
import { signMessage, verifyMessage } from './sign.ts';

/** What a tree head states: `root_hash` in standard base64, `timestamp` as ISO text. */
export type TreeHeadFields = Pick<TreeHead, 'log_id' | 'tree_size' | 'root_hash' | 'timestamp'>;

/** Keeps a tree head's signature apart from any other of the same key. */
const TREE_HEAD_PREFIX = 'plexus tree head v1\n';

const encoder = new TextEncoder();

/**
 * The bytes that the log signs.
 *
 * @throws {RangeError} when the size is not a safe integer
 */
export function treeHeadMessage({ log_id, tree_size, root_hash, timestamp }: TreeHeadFields): Uint8Array {
  return encoder.encode(TREE_HEAD_PREFIX + canonicalJson({ log_id, root_hash, timestamp, tree_size }));
}

/**
 * A tree head signed by the coordinator, whose key gives the log its id.
 *
 * @param logId of a log that was begun anew: the key's id, a dot, and what tells it from those before
 */
export function signTreeHead(
  signer: Signer,
  fields: Omit<TreeHeadFields, 'log_id'>,
  logId: string = signer.keyId,
): TreeHead {
  const { tree_size, root_hash, timestamp } = fields;
  const head = { log_id: logId, tree_size, root_hash, timestamp };
  return { ...head, ...signMessage(signer, treeHeadMessage(head)) };
}

/** True when the head is signed by the key that it names and that gives the log its id; never throws. */
export function verifyTreeHead(crypto: ReceiptCrypto, head: TreeHead): boolean {
  if (!Number.isSafeInteger(head.tree_size) || !isLogOf(head)) return false;
  return verifyMessage(crypto, treeHeadMessage(head), head);
}

function isLogOf({ log_id, key_id }: TreeHead): boolean {
  return log_id === key_id || log_id.startsWith(`${key_id}.`);
}
