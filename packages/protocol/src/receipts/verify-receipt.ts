import { IsArray, IsObject, type TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import type { ReceiptCrypto } from './crypto.ts';
import { Receipt } from './receipt.ts';
import {
  absent,
  checkAttestations,
  checkInclusion,
  checkPrice,
  checkSignature,
  failed,
  ok,
  type Outcome,
  type Subject,
  type VerifyOptions,
} from './receipt-checks.ts';
import { leafData } from './receipt-payload.ts';
import { checkConsistency, checkTreeHead } from './tree-checks.ts';

/** What is checked of a receipt, in the order of the report. */
export type ReceiptCheckName =
  | 'shape'
  | 'price'
  | 'signature'
  | 'attestation'
  | 'inclusion'
  | 'tree_head'
  | 'consistency';

/** One check; `detail` says in plain words what was found, or what broke. */
export interface ReceiptCheck extends Outcome {
  readonly name: ReceiptCheckName;
}

/** Valid when no check failed, and signature, attestation, inclusion and tree head are all there. */
export interface VerifyReport {
  readonly valid: boolean;
  readonly checks: readonly ReceiptCheck[];
}

const CHECKS = {
  price: checkPrice,
  signature: checkSignature,
  attestation: checkAttestations,
  inclusion: checkInclusion,
  tree_head: checkTreeHead,
  consistency: checkConsistency,
} satisfies Record<Exclude<ReceiptCheckName, 'shape'>, (subject: Subject) => Outcome>;
const NAMES = ['price', 'signature', 'attestation', 'inclusion', 'tree_head', 'consistency'] as const;

/** `absent` counts against a receipt, save for these: no proof of consistency is asked of it. */
const OPTIONAL: ReadonlySet<ReceiptCheckName> = new Set(['consistency']);

/**
 * Checks a receipt offline, bare or as `{receipt}`. It proves what was claimed and billed, not that the work's
 * result is right. Takes any JSON value and never throws.
 */
export function verifyReceipt(crypto: ReceiptCrypto, value: unknown, options: VerifyOptions = {}): VerifyReport {
  const receipt = unwrap(value);
  if (!Check(Receipt, receipt)) return unreadable(shapeProblem(receipt));
  if (!isEncodable(receipt)) return unreadable('the receipt holds a value that cannot be signed, such as a fraction');
  const { attestations, inclusion } = receipt;
  const coordinatorKey = options.coordinatorKey ?? attestations[0]?.public_key ?? inclusion?.tree_head.public_key;
  const subject: Subject = { crypto, receipt, coordinatorKey, options };
  return report([
    { name: 'shape', ...checkFields(receipt) },
    ...NAMES.map((name) => ({ name, ...CHECKS[name](subject) })),
  ]);
}

function report(checks: readonly ReceiptCheck[]): VerifyReport {
  const valid = checks.every(({ name, status }) => status === 'ok' || (status === 'absent' && OPTIONAL.has(name)));
  return { valid, checks };
}

function unreadable(problem: string): VerifyReport {
  return report([
    { name: 'shape', ...failed(problem) },
    ...NAMES.map((name) => ({ name, ...absent('not checked, because the shape is wrong') })),
  ]);
}

function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'receipt_id' in value) return value;
  return 'receipt' in value ? value.receipt : value;
}

function shapeProblem(value: unknown): string {
  const [first] = Errors(Receipt, value);
  return `this is not a receipt: ${first?.instancePath || 'the whole value'} ${first?.message ?? 'is wrong'}`;
}

function isEncodable(receipt: Receipt): boolean {
  try {
    leafData(receipt);
    return true;
  } catch (error) {
    // Numbers beyond 2^53, and metadata that is nested too deeply.
    if (error instanceof RangeError || error instanceof TypeError) return false;
    throw error;
  }
}

function checkFields(receipt: Receipt): Outcome {
  const unknown = strangersIn(receipt, Receipt);
  if (unknown.length === 0) return ok('every field is there and of the right kind');
  return failed(`no signature covers what was added to the receipt: ${unknown.join(', ')}`);
}

/** Paths of the fields that a schema does not know. Where it leaves the names open, as in metadata, all are known. */
function strangersIn(value: unknown, schema: TSchema, path = ''): string[] {
  if (IsArray(schema) && Array.isArray(value)) {
    return value.flatMap((one, at) => strangersIn(one, schema.items, `${path}${at}.`));
  }
  if (!IsObject(schema) || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    return known ? strangersIn(inner, known, `${path}${name}.`) : [path + name];
  });
}
