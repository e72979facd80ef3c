import { Check } from 'typebox/value';
import { decodeAll, decodeBase64 } from './base64.ts';
import type { ReceiptCrypto } from './crypto.ts';
import { verifyConsistency } from './merkle.ts';
import { type ConsistencyProof, TreeHead } from './receipt.ts';
import { absent, failed, ok, type Outcome, type Subject } from './receipt-checks.ts';
import { verifyTreeHead } from './tree-head.ts';

/** The tree head must be signed by the log, and the log must be the coordinator's. */
export function checkTreeHead({ crypto, receipt, coordinatorKey }: Subject): Outcome {
  const head = receipt.inclusion?.tree_head;
  if (!head) return absent("the receipt carries no signed head of the log's tree");
  if (!verifyTreeHead(crypto, head)) return failed("the log's signature does not match its tree head");
  if (head.public_key !== coordinatorKey) return failed("the tree head is not signed by the coordinator's key");
  return ok(`signed by the log ${head.log_id} on ${head.timestamp}`);
}

/** A consistency proof must join the receipt's tree head to another one: to the caller's, when he has one. */
export function checkConsistency(subject: Subject): Outcome {
  const { crypto, receipt, options } = subject;
  const { knownHead } = options;
  const head = receipt.inclusion?.tree_head;
  if (knownHead && !isOwnHead(subject, knownHead)) {
    return failed('the tree head that you know is not one that this log has signed');
  }
  const proof = receipt.consistency;
  if (!proof) return withoutProof(crypto, head, knownHead);
  const ends = [proof.first, proof.second];
  if (!ends.every((end) => isOwnHead(subject, end))) {
    return failed("the log's signature does not match a tree head of the consistency proof");
  }
  if (!ends.some((end) => head && isSameTree(end, head))) {
    return failed("the consistency proof is not about the receipt's tree head");
  }
  if (knownHead && !ends.some((end) => isSameTree(end, knownHead))) {
    return failed('the consistency proof is not about the tree head that you know');
  }
  if (!joins(crypto, proof)) return failed('the log has changed or removed entries between its two tree heads');
  return ok(`the log only grew, from ${proof.first.tree_size} to ${proof.second.tree_size} entries`);
}

function withoutProof(crypto: ReceiptCrypto, head: TreeHead | undefined, knownHead: TreeHead | undefined): Outcome {
  if (!head || !knownHead) return absent('the receipt carries no proof that the log only grew');
  // Nothing need be shown for that: RFC 9162, section 2.1.4.
  if (joins(crypto, { first: knownHead, second: head, path: [] })) return ok(agreementOf(head, knownHead));
  if (head.tree_size === knownHead.tree_size) return failed(differenceOf(head, knownHead));
  return absent(`no proof joins the ${knownHead.tree_size} entries that you know to the receipt's ${head.tree_size}`);
}

function agreementOf(head: TreeHead, knownHead: TreeHead): string {
  if (isSameTree(head, knownHead)) return "the receipt's tree head is the one that you know";
  return 'the tree head that you know is of the empty log, with which every log begins';
}

/** Two trees of one size: a lie when both are of one log, and a loss when the coordinator says that it began another. */
function differenceOf(head: TreeHead, knownHead: TreeHead): string {
  if (head.log_id === knownHead.log_id) return 'the log has shown two different trees of the same size';
  return `the log ${head.log_id} was begun anew and lacks entries that you saw in ${knownHead.log_id}`;
}

function isOwnHead({ crypto, coordinatorKey }: Subject, head: TreeHead): boolean {
  return Check(TreeHead, head) && head.public_key === coordinatorKey && verifyTreeHead(crypto, head);
}

function isSameTree(left: TreeHead, right: TreeHead): boolean {
  return left.tree_size === right.tree_size && left.root_hash === right.root_hash;
}

function joins(crypto: ReceiptCrypto, { first, second, path }: ConsistencyProof): boolean {
  const firstRoot = decodeBase64(first.root_hash);
  const secondRoot = decodeBase64(second.root_hash);
  const hashes = decodeAll(path);
  if (!firstRoot || !secondRoot || !hashes) return false;
  return verifyConsistency(crypto, {
    first: first.tree_size,
    second: second.tree_size,
    firstRoot,
    secondRoot,
    path: hashes,
  });
}
