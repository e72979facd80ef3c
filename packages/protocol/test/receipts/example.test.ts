/** examples/verify-receipt.mjs, which shares nothing with the product, and receipts as nodes sign them. */
import { spawnSync } from 'node:child_process';
import { payloadBytes, receiptPayload, signBatch } from '@plexus/protocol';
import { expect, it } from 'vitest';
import { newSigner, nodeCrypto } from './keys.ts';

const EXAMPLE = new URL('../../../../examples/verify-receipt.mjs', import.meta.url).pathname;
const signer = newSigner();
const SIZES = [1, 2, 5];

function payload(number: number) {
  return receiptPayload({
    receiptId: `receipt_${number}`,
    jobId: `${number}`,
    minerId: 'node-é',
    clientId: 'client',
    units: number,
    unitType: 'second',
    unitPriceMicro: 100n,
    startedAt: '2026-11-26T00:00:00.000Z',
    completedAt: '2026-11-26T00:00:01.000Z',
    metadata: { b: 1, a: 'résumé-\u{1f600}', Z: 'z' },
  });
}

function check(receipt: object): string {
  const input = JSON.stringify({ receipt });
  return spawnSync(process.execPath, [EXAMPLE], { input, encoding: 'utf8' }).stdout;
}

it.each(SIZES)('agrees with what a node signs for %d results that end together', (size) => {
  const payloads = Array.from({ length: size }, (_, number) => payload(number));
  const signatures = signBatch(nodeCrypto, signer, payloads.map(payloadBytes));
  const receipts = payloads.map((one, at) => ({ ...one, signature: signatures[at] }));
  for (const receipt of receipts) expect(check(receipt)).toMatch(/^signed by/);
  const last = receipts.at(-1);
  expect(check({ ...last, units: 99 })).toMatch(/^NOT signed/);
  const signature = { ...last?.signature, key_id: signer.keyId.slice(0, -1) };
  expect(check({ ...last, signature })).toMatch(/^NOT signed/);
});

it('refuses a signature of no known kind, and one that is not written in the one right way', () => {
  const [one] = signBatch(nodeCrypto, signer, [payloadBytes(payload(0))]);
  const [of2] = signBatch(
    nodeCrypto,
    signer,
    [0, 1].map((number) => payloadBytes(payload(number))),
  );
  const altered = [
    { ...one, alg: 'Ed25518' },
    { ...one, sig: one?.sig.replace('==', '=') },
    { ...one, batch: { index: 0, size: 1, path: [] } },
    { ...of2, alg: 'Ed25519-MerkleBatcg' },
    { ...of2, batch: { ...of2?.batch, index: 256 } },
    { ...of2, batch: { ...of2?.batch, path: of2?.batch?.path.map((hash) => hash.replace('=', ' ')) } },
  ];
  for (const signature of altered) {
    expect(check({ ...payload(0), signature }), JSON.stringify(signature)).toMatch(/^NOT signed/);
  }
});
