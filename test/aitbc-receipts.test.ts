/** AITBC's receipts: who signed what, found out by two checks that share no code, and what no forger gets past. */
import type { TaskAssign } from '@plexus/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AitbcWorld, MINER_ID } from './support/aitbc-world.ts';
import { goodAttestations, isSignedByMiner } from './support/independent-receipt.ts';

let world: AitbcWorld;
/** A receipt of the miner's own signature. */
let receipt: Record<string, never>;
let coordinatorKey: string;
let terms: TaskAssign['receipt'];

beforeAll(async () => {
  world = await AitbcWorld.create();
  const { jobId, task } = await world.createJob();
  terms = task.receipt;
  const metadata = {
    model: 'résumé-\u{1f600}',
    input_sha256: 'a'.repeat(64),
    output_sha256: 'b'.repeat(64),
    Z: 1,
    a: 2,
  };
  world.miner.complete(task, { output: '{}', units: 1, metadata });
  await world.ended(jobId);
  receipt = await receiptOf(jobId);
  coordinatorKey = (await world.call('GET', '/plexus/v1/info')).body.public_key;
});
afterAll(() => world[Symbol.asyncDispose]());

const receiptOf = async (jobId: string) => (await world.call('GET', `/v1/receipts/${jobId}`)).body;
const verify = async (body: unknown) => {
  const answer = await world.network.call('POST', '/v1/receipts/verify', { body: body ?? 'null' });
  expect(answer.status).toBe(200);
  return answer.body;
};
const failed = ({ checks }: { checks: { name: string; status: string }[] }) =>
  checks.filter(({ status }) => status === 'failed').map(({ name }) => name);

it('has the shape of the contract', () => {
  expect(receipt).toMatchObject({
    version: '1.0',
    receipt_id: `receipt_${String(receipt['job_id'])}`,
    miner_id: MINER_ID,
    client: expect.any(String),
    units: 1,
    unit_type: 'second',
    price: '0.0001',
    metadata: { input_sha256: 'a'.repeat(64), model: 'résumé-\u{1f600}' },
    // Never of a batch, however many jobs end at once: the node is told so.
    signature: { alg: 'Ed25519', key_id: expect.stringMatching(/^[0-9a-f]{16}$/) },
    attestations: [{ type: 'completion', alg: 'Ed25519', timestamp: receipt['created_at'] }],
  });
  expect(terms).toMatchObject({ alone: true });
});

it('passes a check that is written with nothing but node:crypto and the rules', () => {
  expect(isSignedByMiner(receipt)).toBe(true);
  expect(goodAttestations(receipt, coordinatorKey)).toBe(1);
  expect(isSignedByMiner({ ...receipt, price: '0.0002' })).toBe(false);
  expect(goodAttestations({ ...receipt, units: 2 }, coordinatorKey)).toBe(0);
});

it('is signed by an echo node in the same way, and by the coordinator for a node without a key', async () => {
  const { body: job } = await world.call('POST', '/v1/jobs', { type: 'echo', input: { text: 'Hé' } });
  await world.ended(job.job_id);
  const own = await receiptOf(job.job_id);
  expect([isSignedByMiner(own), goodAttestations(own, coordinatorKey)]).toEqual([true, 1]);
  expect(await verify(own)).toMatchObject({ valid: true, miner_signature_valid: true, coordinator_attestations: 1 });
});

it.each([
  ['bare', () => receipt],
  ['wrapped', () => ({ receipt })],
  ['without its place in the log', () => ({ ...receipt, inclusion: undefined })],
])('verify takes it %s', async (_form, body) => {
  const { checks, ...answer } = await verify(body());
  expect(answer).toEqual({
    valid: true,
    miner_signature_valid: true,
    coordinator_attestations: 1,
    verified_at: expect.any(String),
  });
  expect(failed({ checks })).toEqual([]);
});

const altered = {
  price: '0.0002',
  units: 2,
  client: 'somebody',
  miner_id: 'somebody',
  completed_at: '2024-01-01T12:00:00.000Z',
  metadata: {},
};
it.each(Object.entries(altered))('verify says that %s was altered to %j', async (name, value) => {
  const answer = await verify({ ...receipt, [name]: value });
  expect(answer).toMatchObject({ valid: false, miner_signature_valid: false, coordinator_attestations: 0 });
  expect(failed(answer)).toEqual(expect.arrayContaining(['signature', 'attestation', 'inclusion']));
});

it('verify does not believe a receipt to which something was added', async () => {
  const answer = await verify({ ...receipt, refund: '100' });
  expect(answer).toMatchObject({ valid: false });
  expect(failed(answer)).toEqual(['shape']);
});

it('verify says that the attestation is forged, while the miner did sign', async () => {
  const [own] = receipt['attestations'] as unknown as [Record<string, string>];
  const { sig } = receipt['signature'] as unknown as { sig: string };
  const attestations = [{ ...own, sig, signature: sig }];
  const answer = await verify({ ...receipt, attestations });
  expect(answer).toMatchObject({ valid: false, miner_signature_valid: true, coordinator_attestations: 0 });
  expect(failed(answer)).toEqual(['attestation']);
});

it('verify counts a good attestation beside a forged one, and still does not believe the receipt', async () => {
  const [own] = receipt['attestations'] as unknown as [Record<string, string>];
  const attestations = [own, { ...own, timestamp: '2030-01-01T00:00:00.000Z' }];
  expect(await verify({ ...receipt, attestations })).toMatchObject({ valid: false, coordinator_attestations: 1 });
});

it('verify counts an attestation that is there twice once', async () => {
  const [own] = receipt['attestations'] as unknown as [Record<string, string>];
  const attestations = [own, { ...own }];
  expect(await verify({ ...receipt, attestations })).toMatchObject({ valid: true, coordinator_attestations: 1 });
});

it('verify never believes an id that was not issued here, whoever signed it', async () => {
  const answer = await verify({ ...receipt, receipt_id: 'receipt_1234567890' });
  expect(answer).toMatchObject({ valid: false, miner_signature_valid: false, coordinator_attestations: 0 });
  expect(failed(answer)).toEqual(['known']);
});

it('verify compares the reduced form, and tells nothing of the receipt to who has not its signature', async () => {
  const { sig, public_key } = receipt['signature'] as unknown as Record<string, string>;
  const { receipt_id } = receipt;
  expect(await verify({ receipt: { receipt_id, signature: { sig, public_key } } })).toMatchObject({ valid: true });
  const stolen = await verify({ receipt_id, signature: { sig, public_key: coordinatorKey } });
  expect(stolen).toMatchObject({ valid: false, miner_signature_valid: false });
  for (const signature of [undefined, {}, { sig: 'AAAA' }, 'text', { sig: `${sig} ` }]) {
    const answer = await verify({ receipt_id, signature });
    expect(answer).toMatchObject({ valid: false, miner_signature_valid: false, coordinator_attestations: 0 });
    expect(answer.checks).toEqual([{ name: 'signature', status: 'failed', detail: expect.any(String) }]);
  }
});

it('verify says of a receipt that another key signed in the name of its miner that it is not the one', async () => {
  const echo = world.network.nodes[0]?.nodeId;
  const { body: job } = await world.call('POST', '/v1/jobs', { type: 'echo', input: { text: 'x' } });
  await world.ended(job.job_id);
  const other = await receiptOf(job.job_id);
  expect(other.miner_id).toBe(echo);
  const answer = await verify({ ...receipt, signature: other.signature });
  expect(answer).toMatchObject({ valid: false, miner_signature_valid: false });
});

it.each(['null', '[]', '5', '"text"', '{}', '{"receipt":null}', '{"receipt_id":7}', '{"receipt":{"receipt_id":"x"}}'])(
  'verify takes %s for what it is: no receipt',
  async (body) => {
    expect(await verify(body)).toMatchObject({ valid: false, coordinator_attestations: 0 });
  },
);
