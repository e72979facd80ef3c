/** Checks of a receipt without a network, against what is remembered of networks. */
import type { Receipt, ReceiptCheck, TreeHead, VerifyOptions, VerifyReport } from '@plexus/protocol';
import { verifyReceipt } from '@plexus/sdk';
import type { KnownNetwork } from './known-networks.ts';

interface CheckedReceipt {
  readonly report: VerifyReport;
  /** False when nobody can say whose key the coordinator's is. */
  readonly isPinned: boolean;
}

/** Options that the caller gives go before what is remembered. */
export async function checkReceipt(
  value: unknown,
  given: VerifyOptions,
  networks: readonly KnownNetwork[],
): Promise<CheckedReceipt> {
  const unpinned = await verifyReceipt(value, given);
  if (checkNamed(unpinned, 'shape').status !== 'ok') return { report: unpinned, isPinned: false };
  const receipt = receiptIn(value);
  const keys = given.coordinatorKey === undefined ? keysOf(receipt) : [given.coordinatorKey];
  const network = networks.findLast(({ public_key }) => keys.includes(public_key));
  const options = { ...given, coordinatorKey: given.coordinatorKey ?? network?.public_key };
  const remembered = given.knownHead ? undefined : network?.tree_head;
  const { valid, checks } = await verifyAgainst(receipt, options, remembered);
  const isPinned = options.coordinatorKey !== undefined;
  const whose = network ? `, the key of the network at ${network.url}` : isPinned ? '' : ': no known network has it';
  const amended = checks.map((check) => {
    if (check.name === 'attestation' && check.status === 'ok') return { ...check, detail: check.detail + whose };
    return check.name === 'consistency' && remembered ? compared(check, receipt, remembered) : check;
  });
  return { report: { valid, checks: amended }, isPinned };
}

export function checkNamed({ checks }: VerifyReport, name: ReceiptCheck['name']): ReceiptCheck {
  return checks.find((check) => check.name === name) ?? { name, status: 'absent', detail: 'not checked' };
}

/** The receipt's own proof must hold, and then the one that joins its log to the remembered one. */
async function verifyAgainst(receipt: Receipt, options: VerifyOptions, remembered?: TreeHead): Promise<VerifyReport> {
  const report = await verifyReceipt(receipt, options);
  if (!remembered || checkNamed(report, 'consistency').status === 'failed') return report;
  const { consistency, ...bare } = receipt;
  const ends = consistency ? [consistency.first.tree_size, consistency.second.tree_size] : [];
  // A proof between two other sizes is no sign of a lie: it was made for somebody else, or earlier.
  const subject = ends.includes(remembered.tree_size) ? receipt : bare;
  return verifyReceipt(subject, { ...options, knownHead: remembered });
}

/** Only of a value whose shape was found right. */
function receiptIn(value: unknown): Receipt {
  const outer = value as Receipt | { readonly receipt: Receipt };
  return 'receipt_id' in outer ? outer : outer.receipt;
}

/** Every key that may be meant as the coordinator's: when one of them is known, the others are found wrong. */
function keysOf({ attestations, inclusion }: Receipt): string[] {
  return [...attestations, ...(inclusion ? [inclusion.tree_head] : [])].map(({ public_key }) => public_key);
}

/** What the check of consistency says in terms of what was seen. */
function compared(check: ReceiptCheck, { inclusion }: Receipt, { tree_size: seen }: TreeHead): ReceiptCheck {
  const size = inclusion?.tree_head.tree_size ?? 0;
  switch (check.status) {
    case 'failed':
      return check;
    case 'absent':
      return { ...check, detail: `${check.detail}; the receipt brings one when it is fetched anew` };
    case 'ok':
      return { ...check, detail: agreement(seen, size) };
  }
}

function agreement(seen: number, size: number): string {
  if (seen === size) return `this is the log that you saw at size ${seen}`;
  if (seen < size) return `the log that you saw at size ${seen} is the beginning of this one`;
  return `this log is the beginning of the one that you saw at size ${seen}`;
}
