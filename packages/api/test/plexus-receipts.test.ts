import type { Receipt, TreeHead } from '@plexus/protocol';
import { expect, test } from 'vitest';
import { aListener, CLIENT } from './fakes.ts';

const HEAD: TreeHead = {
  log_id: 'log',
  tree_size: 1,
  root_hash: 'AAAA',
  timestamp: '2025-01-15T10:30:00.000Z',
  key_id: '0011223344556677',
  sig: 'AAAA',
  public_key: 'AAAA',
};
const RECEIPT: Receipt = {
  version: '1.0',
  receipt_id: 'receipt_1',
  job_id: '1',
  miner_id: 'abc-123',
  client: 'account-1',
  units: 1,
  unit_type: 'request',
  price: '10',
  started_at: '2025-01-15T10:30:00.000Z',
  completed_at: '2025-01-15T10:30:01.000Z',
  metadata: { model: 'x', tokens: 3 },
  signature: {
    alg: 'Ed25519-MerkleBatch',
    key_id: '0011223344556677',
    sig: 'AAAA',
    public_key: 'AAAA',
    batch: { index: 0, size: 2, path: ['AAAA'] },
  },
  custodial: true,
  attestations: [],
  created_at: '2025-01-15T10:30:01.000Z',
  inclusion: { leaf_index: 0, path: [], tree_head: HEAD },
};

test('receipts and proofs pass unchanged, every field', async () => {
  const asked: unknown[] = [];
  const app = await aListener({
    plexus: {
      receipts: {
        get: async (...request) => {
          asked.push(request);
          return RECEIPT;
        },
        head: async () => HEAD,
        consistency: async (...request) => {
          asked.push(request);
          return { first: HEAD, second: HEAD, path: [] };
        },
      },
    },
  });
  const headers = { 'x-api-key': 'gn_client' };
  const receipt = await app.inject({ url: '/plexus/v1/receipts/receipt_1?known_size=1', headers });
  expect(receipt.json()).toStrictEqual(RECEIPT);
  expect((await app.inject('/plexus/v1/log/head')).json()).toStrictEqual(HEAD);
  const proof = await app.inject('/plexus/v1/log/consistency?first=1');
  expect(proof.json()).toStrictEqual({ first: HEAD, second: HEAD, path: [] });
  expect(asked).toStrictEqual([
    [CLIENT, 'receipt_1', 1],
    [1, undefined],
  ]);
  for (const size of ['0', '9e99']) {
    expect((await app.inject(`/plexus/v1/log/consistency?first=${size}`)).statusCode, size).toBe(422);
  }
  expect((await app.inject('/plexus/v1/log/consistency')).statusCode).toBe(422);
});
