import type { TreeHead } from '@plexus/protocol';
import { verifyReceipt } from '@plexus/sdk';
import { must } from '../http.ts';
import type { Invariant, Witnesses } from './invariant.ts';

/** Receipts that are fetched and verified as a client does it, spread over all; each takes milliseconds. */
const SAMPLE = 60;

/** Every job that was charged has one receipt, and receipts verify under the keys and the head that are known. */
export const receiptsVerify: Invariant = {
  name: 'receipts verify',
  when: 'at rest',
  asks: {
    wrong: `
      SELECT job.id AS id, job.cost AS cost, COUNT(receipt.job_id) AS receipts
      FROM job LEFT JOIN receipt ON receipt.job_id = job.id GROUP BY job.id, job.cost
      HAVING COUNT(receipt.job_id) <> CASE WHEN job.cost > 0 THEN 1 ELSE 0 END`,
    receipts: 'SELECT job_id FROM receipt ORDER BY leaf_index',
  },
  async judge({ scene, rows }) {
    const head: TreeHead = await must(`${scene.network.url}/plexus/v1/log/head`);
    const jobIds = rows('receipts').map(({ job_id: id }) => String(id));
    const step = Math.max(1, Math.floor(jobIds.length / SAMPLE));
    const wrong = rows('wrong').map(
      ({ id, cost, receipts }) => `job ${id} costs ${cost} µ and has ${receipts} receipts`,
    );
    for (let at = 0; at < jobIds.length; at += step) wrong.push(...(await verify(scene, jobIds[at] ?? '', head)));
    return wrong;
  },
};

async function verify(
  { network, coordinatorKey }: Witnesses,
  jobId: string,
  knownHead: TreeHead,
): Promise<readonly string[]> {
  const path = `/plexus/v1/receipts/receipt_${jobId}?known_size=${knownHead.tree_size}`;
  const receipt = await must(network.url + path, { key: network.operatorKey });
  const { valid, checks } = await verifyReceipt(receipt, { coordinatorKey, knownHead });
  if (valid) return [];
  const bad = checks.filter(({ status }) => status !== 'ok').map(({ name, detail }) => `${name}: ${detail}`);
  return [`the receipt of job ${jobId} is not valid: ${bad.join('; ')}`];
}
