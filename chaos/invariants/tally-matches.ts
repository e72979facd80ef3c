import { must } from '../http.ts';
import { microOf } from '../load/kinds/job-view.ts';
import type { Customer } from '../load/tally.ts';
import { type Evidence, type Invariant, micro } from './invariant.ts';

/** The clients' own bills, the wallets that the API shows and the jobs' costs say the same. */
export const tallyMatches: Invariant = {
  name: "the clients' tally equals the ledger",
  when: 'at rest',
  asks: { jobs: 'SELECT id, account_id, cost FROM job' },
  async judge(evidence) {
    const wrong = await Promise.all(evidence.scene.customers.map((customer) => wrongBill(evidence, customer)));
    return [...new Set(wrong.flat()), ...unexplained(evidence)];
  },
};

async function wrongBill({ scene, told, rows }: Evidence, { accountId, key }: Customer): Promise<readonly string[]> {
  const wallet = await must(`${scene.network.url}/plexus/v1/wallet`, { key });
  let [billed, ledger] = [0n, 0n];
  for (const { id, account_id: owner, cost } of rows('jobs')) {
    if (owner !== accountId) continue;
    ledger += micro(cost);
    billed += told.get(String(id))?.costMicro ?? micro(cost);
  }
  const spent = microOf(wallet.spent);
  if (spent === ledger && spent === billed && wallet.held === '0') return [];
  return [`account ${accountId}: bills ${billed} µ, wallet ${spent} µ, jobs ${ledger} µ, held ${wallet.held} credits`];
}

/** What no client knows of, and yet was paid for, is the part of a stream that its reader got before it broke off. */
function unexplained({ scene, told, rows }: Evidence): readonly string[] {
  const { brokenStreams } = scene.load.tally;
  const accounts = new Set(scene.customers.map(({ accountId }) => accountId));
  const unknown = rows('jobs').filter(
    ({ id, account_id: owner, cost }) => accounts.has(String(owner)) && !told.has(String(id)) && micro(cost) > 0n,
  );
  if (unknown.length <= brokenStreams) return [];
  const ids = unknown.map(({ id }) => id).slice(0, 3);
  return [
    `${unknown.length} jobs were paid for that no client knows of, and ${brokenStreams} streams broke off: ${ids.join(', ')}`,
  ];
}
