import {
  attest,
  consistencyPath,
  encodeBase64,
  inclusionPath,
  leafData,
  leafHash,
  merkleRoot,
  payloadBytes,
  receiptPayload,
  signBatch,
  signTreeHead,
  verifyReceipt,
  verifyTreeHead,
} from '@plexus/protocol';
import type { Receipt, ReceiptCheckName, Signer, TreeHead, VerifyOptions, VerifyReport } from '@plexus/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, leaves, newSigner, nodeCrypto } from './keys.ts';

const node = newSigner();
const coordinator = newSigner();
const stranger = newSigner();
const CREATED_AT = '2026-03-01T12:00:03.000Z';

const payload = receiptPayload({
  receiptId: 'rcpt_1',
  jobId: 'job_1',
  minerId: 'node_1',
  clientId: 'client_é',
  units: 42,
  unitType: 'token',
  unitPriceMicro: 100n,
  startedAt: '2026-03-01T12:00:00.000Z',
  completedAt: '2026-03-01T12:00:02.000Z',
  metadata: { model: 'tiny', input_sha256: 'ab', seed: 7 },
});

interface Making {
  readonly batch?: number;
  readonly custodial?: boolean;
  readonly signer?: Signer;
}

function headOf(list: readonly Uint8Array[], signer: Signer = coordinator): TreeHead {
  const root_hash = encodeBase64(merkleRoot(nodeCrypto, list));
  return signTreeHead(signer, { tree_size: list.length, root_hash, timestamp: CREATED_AT });
}

/** A receipt as entry 6 of a log of 11, with a proof that the log grew from 5. */
function makeReceipt({ batch = 3, custodial = false, signer = custodial ? coordinator : node }: Making = {}): Receipt {
  const others = leaves(batch - 1);
  const signature = at(signBatch(nodeCrypto, signer, [payloadBytes(payload), ...others]), 0);
  const logged = { ...payload, signature, ...(custodial && { custodial: true as const }) };
  const log = leaves(11).with(6, leafHash(nodeCrypto, leafData(logged)));
  const head = headOf(log);
  return {
    ...logged,
    attestations: [attest(nodeCrypto, coordinator, payload, CREATED_AT)],
    created_at: CREATED_AT,
    inclusion: { leaf_index: 6, path: inclusionPath(nodeCrypto, log, 6).map(encodeBase64), tree_head: head },
    consistency: {
      first: headOf(log.slice(0, 5)),
      second: head,
      path: consistencyPath(nodeCrypto, log, 5).map(encodeBase64),
    },
  };
}

const check = (value: unknown, options?: VerifyOptions) => verifyReceipt(nodeCrypto, value, options);
const withStatus = (report: VerifyReport, status: string) =>
  report.checks.filter((one) => one.status === status).map(({ name }) => name);
const detailOf = (report: VerifyReport, name: ReceiptCheckName) =>
  report.checks.find((one) => one.name === name)?.detail;

const KEYS = { coordinatorKey: coordinator.publicKey, minerKey: node.publicKey };

describe('a good receipt', () => {
  test('is valid bare, wrapped, and after a trip through JSON', () => {
    const receipt = makeReceipt();
    for (const value of [receipt, { receipt }, JSON.parse(JSON.stringify(receipt))]) {
      expect(withStatus(check(value, KEYS), 'ok')).toHaveLength(7);
      expect(check(value).valid).toBe(true);
    }
    expect(receipt.price).toBe('0.0042');
  });

  test('is valid when signed alone or in place of the node', () => {
    expect(check(makeReceipt({ batch: 1 }), KEYS).valid).toBe(true);
    const custodial = check(makeReceipt({ custodial: true }), { coordinatorKey: coordinator.publicKey });
    expect(custodial.valid).toBe(true);
    expect(detailOf(custodial, 'signature')).toContain('custodial');
  });

  test('is valid without a consistency proof, which is reported absent', () => {
    const { consistency, ...receipt } = makeReceipt();
    expect(consistency).toBeDefined();
    expect(withStatus(check(receipt), 'absent')).toEqual(['consistency']);
    expect(check(receipt).valid).toBe(true);
  });
});

type Path = readonly (string | number)[];

function leafPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, member]) => leafPaths(member, [...path, key]));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
}

function changed(receipt: Receipt, path: Path, value: unknown): unknown {
  const copy = structuredClone(receipt);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string, unknown>;
  parent[String(path.at(-1))] = value;
  return copy;
}

/** The check that must notice a change; a change of kind is noticed by `shape` instead. */
function guardOf(path: Path): ReceiptCheckName {
  const name = path.join('.');
  if (name === 'signature.batch.size') return 'inclusion';
  if (name.startsWith('inclusion.tree_head')) return 'tree_head';
  if (name.startsWith('attestations') || name === 'created_at') return 'attestation';
  if (path[0] === 'inclusion' || path[0] === 'custodial') return 'inclusion';
  return path[0] === 'consistency' ? 'consistency' : 'signature';
}

function variants(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1, value - 1, value * 2 ** 60, 0.5, -1, String(value), null];
  if (typeof value !== 'string') return [false, null, 'true'];
  const first = value.startsWith('A') ? 'B' : 'A';
  return [`${value}A`, value.slice(1), first + value.slice(1), value.slice(0, -2) + first, '', ` ${value}`, null, 1];
}

const SAMPLES = {
  'in a batch': makeReceipt(),
  'signed alone': makeReceipt({ batch: 1 }),
  custodial: makeReceipt({ custodial: true }),
};

describe.each(Object.entries(SAMPLES))('a receipt %s is invalid after a change of', (_, receipt) => {
  test.each(leafPaths(receipt).map((path) => ({ name: path.join('.'), path })))('$name', ({ path }) => {
    const original = valueAt(receipt, path);
    for (const value of variants(original)) {
      if (value === original) continue;
      const report = check(changed(receipt, path, value));
      const noticed = withStatus(report, 'failed');
      expect(report.valid, `${String(value)}`).toBe(false);
      expect(noticed.includes('shape') || noticed.includes(guardOf(path)), `${String(value)}: ${noticed.join()}`).toBe(
        true,
      );
    }
  });

  test('any leaf to any value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...leafPaths(receipt)), fc.jsonValue(), (path, value) => {
        // JSON has one zero: a receipt with -0 is the same text.
        if (JSON.stringify(valueAt(receipt, path)) === JSON.stringify(value)) return;
        expect(check(changed(receipt, path, value)).valid).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the reason is told in plain words', () => {
  const receipt = makeReceipt();
  test.each([
    ['signature', { ...receipt, units: 43 }, {}, "the node's signature does not match the receipt's contents"],
    ['price', { ...receipt, price: '0.0043' }, {}, 'cannot be that of 42 units'],
    ['price', { ...receipt, price: '0.00420' }, {}, 'shortest form'],
    ['price', { ...receipt, price: '-0.0042' }, {}, 'shortest form'],
    ['signature', receipt, { minerKey: stranger.publicKey }, 'not the given key of the node'],
    ['signature', makeReceipt({ signer: coordinator }), {}, "signed as if it were the node's"],
    ['signature', SAMPLES.custodial, KEYS, 'although the node has its own key'],
    ['signature', makeReceipt({ custodial: true, signer: node }), {}, "not signed by the coordinator's key"],
    ['attestation', receipt, { coordinatorKey: stranger.publicKey }, "not by the coordinator's key"],
    ['tree_head', receipt, { coordinatorKey: stranger.publicKey }, "not signed by the coordinator's key"],
    ['attestation', { ...receipt, attestations: [] }, {}, 'no coordinator has attested'],
    ['shape', { ...receipt, metadata: { seed: 2 ** 60 } }, {}, 'cannot be signed'],
    ['shape', { ...receipt, units: '42' }, {}, '/units'],
    ['shape', { ...receipt, note: 'paid' }, {}, 'no signature covers what was added to the receipt: note'],
    [
      'shape',
      { ...receipt, attestations: receipt.attestations.map((one) => ({ ...one, note: 'paid' })) },
      {},
      'no signature covers what was added to the receipt: attestations.0.note',
    ],
  ] as const)('%s', (name, value, options, words) => {
    const report = check(value, options);
    expect(report.valid).toBe(false);
    expect(detailOf(report, name)).toContain(words);
  });

  test('a receipt without its proofs is not valid, and says what is absent', () => {
    const { inclusion, consistency, ...bare } = receipt;
    expect([inclusion, consistency]).not.toContain(undefined);
    const report = check({ ...bare, attestations: [] });
    expect(report.valid).toBe(false);
    expect(withStatus(report, 'absent')).toEqual(['attestation', 'inclusion', 'tree_head', 'consistency']);
  });

  test('a stranger who signs every part is told apart by the key', () => {
    const forged = { ...receipt, attestations: [attest(nodeCrypto, stranger, payload, CREATED_AT)] };
    expect(withStatus(check(forged), 'failed')).toEqual(['tree_head', 'consistency']);
    expect(withStatus(check(forged, KEYS), 'failed')).toEqual(['attestation']);
  });
});

describe('a tree head that the caller kept', () => {
  const receipt = makeReceipt();
  const { consistency, ...alone } = receipt;
  const head = at([receipt.inclusion?.tree_head], 0) as TreeHead;
  const first = at([consistency?.first], 0) as TreeHead;
  const split = headOf(leaves(11));
  const hollow = signTreeHead(coordinator, { tree_size: 0, root_hash: first.root_hash, timestamp: CREATED_AT });

  test.each([
    ['joined by the proof', receipt, first, 'ok'],
    ['the same', alone, head, 'ok'],
    ['of another size, without a proof', alone, first, 'absent'],
    ['of the empty log, which needs no proof', alone, headOf([]), 'ok'],
    ['of no leaves, with a root that is not the empty one', alone, hollow, 'absent'],
    ['of the same size and another root', alone, split, 'failed'],
    ['that the proof is not about', receipt, headOf(leaves(4)), 'failed'],
    ['of another log', receipt, headOf(leaves(5), stranger), 'failed'],
    ['with a wrong signature', receipt, { ...first, tree_size: 4 }, 'failed'],
    ['that is no tree head', receipt, {} as TreeHead, 'failed'],
  ] as const)('%s', (_, value, knownHead, status) => {
    expect(withStatus(check(value, { knownHead }), status)).toContain('consistency');
  });

  test('larger than that of the receipt', () => {
    const log = leaves(11).with(6, leafHash(nodeCrypto, leafData(receipt)));
    const grown = [...log, ...leaves(3)];
    const knownHead = headOf(grown);
    const path = consistencyPath(nodeCrypto, grown, 11).map(encodeBase64);
    expect(check({ ...receipt, consistency: { first: head, second: knownHead, path } }, { knownHead }).valid).toBe(
      true,
    );
  });
});

describe('anything else is refused without an exception', () => {
  test.each([null, undefined, 1, 'x', [], {}, { receipt: null }, { receipt: { receipt: {} } }, { receipt_id: 'x' }])(
    '%j',
    (value) => {
      expect(check(value).valid).toBe(false);
      expect(withStatus(check(value), 'failed')).toEqual(['shape']);
    },
  );

  test('any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(check(value).valid).toBe(false);
      }),
    );
  });

  test('metadata nested too deeply, in a name that the schema does not see', () => {
    const deep = JSON.parse(`{"a\\nb":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as Receipt['metadata'];
    expect(check({ ...makeReceipt(), metadata: deep }).valid).toBe(false);
  });
});

test('a tree head is bound to its log', () => {
  const head = headOf(leaves(3));
  expect(verifyTreeHead(nodeCrypto, head)).toBe(true);
  expect(verifyTreeHead(nodeCrypto, { ...head, log_id: stranger.keyId })).toBe(false);
  expect(verifyTreeHead(nodeCrypto, { ...head, tree_size: Number.NaN })).toBe(false);
});

test('a log that was begun anew has a name of its own, under the same key', () => {
  const [root_hash, logId] = [encodeBase64(merkleRoot(nodeCrypto, leaves(3))), `${coordinator.keyId}.2`];
  const head = signTreeHead(coordinator, { tree_size: 3, root_hash, timestamp: CREATED_AT }, logId);
  expect(head.log_id).toBe(logId);
  expect(verifyTreeHead(nodeCrypto, head)).toBe(true);
  for (const log_id of [coordinator.keyId, `${coordinator.keyId}.3`, `${stranger.keyId}.2`, `${coordinator.keyId}2`]) {
    expect(verifyTreeHead(nodeCrypto, { ...head, log_id }), log_id).toBe(false);
  }
  const other = signTreeHead(coordinator, { tree_size: 11, root_hash, timestamp: CREATED_AT }, logId);
  const receipt = makeReceipt();
  const { consistency: _, ...bare } = receipt;
  const { checks } = verifyReceipt(nodeCrypto, bare, { coordinatorKey: coordinator.publicKey, knownHead: other });
  expect(checks.find(({ name }) => name === 'consistency')).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('was begun anew and lacks entries'),
  });
});
