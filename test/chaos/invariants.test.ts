/** Whether the fault suite would see it: real books are spoilt, one way after the other, and each is found and named. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestNetwork, type TestNetwork } from '@plexus/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBooks } from '../../chaos/books/books.ts';
import { check } from '../../chaos/check.ts';
import { INVARIANTS } from '../../chaos/invariants/index.ts';
import type { Witnesses } from '../../chaos/invariants/invariant.ts';
import { LeaseWatch } from '../../chaos/lease-watch.ts';
import { Tally } from '../../chaos/load/tally.ts';
import { openConnection } from '../../packages/storage/src/sqlite/library.ts';

const TASKS = 3;
const COST_MICRO = 10_000_000n;

let network: TestNetwork;
let customer: { accountId: string; key: string };
let coordinatorKey: string;
let jobIds: string[];
let folder: string;
let copies = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-invariants-'));
  network = await createTestNetwork({ nodes: 1 });
  const { api_key: key, node_id: accountId } = await network.register();
  customer = { accountId, key };
  coordinatorKey = (await network.call('GET', '/plexus/v1/info')).body.public_key;
  const task = { task_type: 'echo', content: 'x', api_key: key };
  const answers = Array.from({ length: TASKS }, () => network.call('POST', '/api/v1/request', { body: task }));
  jobIds = (await Promise.all(answers)).map(({ body }) => body.task_id);
  await network.call('GET', '/plexus/v1/log/head');
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** What clients and wire say of a network whose books are a copy of the real ones, spoilt by these statements. */
async function witness(...statements: readonly string[]): Promise<Witnesses> {
  const copy = join(folder, `${copies++}.db`);
  const source = openConnection(join(network.home, 'plexus.db'));
  source.exec(`VACUUM INTO '${copy}'`);
  source.close();
  const database = openConnection(copy);
  for (const statement of statements) database.exec(statement);
  database.close();
  const tally = new Tally();
  for (const id of jobIds) tally.ended(id, { customer, state: 'completed', costMicro: COST_MICRO });
  const { url, operatorKey } = network;
  const books = openBooks(copy, 'SQLite');
  const head = (await network.call('GET', '/plexus/v1/log/head')).body;
  return {
    customers: [customer],
    coordinatorKey,
    heads: [head],
    hasSetClocks: false,
    network: { url, operatorKey, books, leases: new LeaseWatch(), lost: [] },
    load: { tally },
  };
}

async function found(scene: Witnesses): Promise<readonly string[]> {
  const violations = await check(scene, INVARIANTS);
  return [...new Set(violations.map((what) => what.slice(0, what.indexOf(':'))))];
}

it('finds nothing wrong with books that are right', async () => {
  expect(await check(await witness(), INVARIANTS)).toEqual([]);
});

const FIRST = '(SELECT MIN(id) FROM job)';

it.each([
  ['no acknowledged task lost', `DELETE FROM job WHERE id = ${FIRST}`],
  ['no acknowledged task lost', `UPDATE job SET state = 'failed' WHERE id = ${FIRST}`],
  [
    'charged once',
    `INSERT INTO transfer (kind, debit_account, debit_part, credit_account, credit_part, amount, job_id, at)
     SELECT kind, debit_account, debit_part, credit_account, credit_part, amount, job_id, at FROM transfer
     WHERE kind = 'charge' AND job_id = ${FIRST}`,
  ],
  ['charged once', `DELETE FROM transfer WHERE kind = 'charge' AND job_id = ${FIRST}`],
  ['no hold without an open job', `UPDATE account SET held = 5 WHERE kind = 'client'`],
  ['ledger sum zero', `UPDATE account SET available = available + 1 WHERE kind = 'client'`],
  ['every task ended within its deadline', `UPDATE job SET state = 'running', ended_at = NULL WHERE id = ${FIRST}`],
  ['every task ended within its deadline', `UPDATE job SET ended_at = deadline_at + 60000 WHERE id = ${FIRST}`],
  ['none under two live leases, by the books', `UPDATE job SET epoch = 2 WHERE id = ${FIRST}`],
  ["the clients' tally equals the ledger", `UPDATE job SET cost = cost + 1 WHERE id = ${FIRST}`],
  ['receipts verify', `DELETE FROM receipt WHERE leaf_index = ${TASKS - 1}`],
  ["the receipt log's head is consistent", `UPDATE receipt SET leaf_hash = zeroblob(32) WHERE leaf_index = 0`],
  ["the receipt log's head is consistent", `UPDATE receipt SET leaf_index = 99 WHERE leaf_index = ${TASKS - 1}`],
])('sees that this does not hold: %s', async (name, statement) => {
  expect(await found(await witness(statement))).toContain(name);
});

it('sees what clients complain of, wrong answers of honest nodes, and parts that are gone', async () => {
  const scene = await witness();
  scene.load.tally.complain('no answer');
  scene.load.tally.wrongAnswers.add(jobIds[0] ?? '');
  const { network: seen } = scene;
  const names = await found({ ...scene, network: { ...seen, lost: ['node-a ended by itself'] } });
  expect(names).toEqual(['no part ended by itself', 'no client has a complaint', 'no honest node gave a wrong answer']);
});
