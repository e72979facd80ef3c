import type { TreeHead } from '@plexus/protocol';
import { must } from './http.ts';
import { Load } from './load/load.ts';
import type { Customer } from './load/tally.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';
import { mustBecome } from './wait.ts';

/** Enough for any run. */
const CREDITS = '100000000';
/** One of the keys has a limit, so that what is spent under it is counted too. */
const SPEND_LIMIT = '90000000';
const ACCOUNTS = 3;
const WARM_UP_MS = 30_000;
const BACK_MS = 60_000;

/** Short faults in tests, whole ones in a run. */
export type Pace = 'brief' | 'whole';

/** What faults are done to, and what invariants look at. */
export interface Scene {
  readonly network: Network;
  readonly load: Load;
  readonly customers: readonly Customer[];
  /** As it was shown at first. */
  readonly coordinatorKey: string;
  readonly pace: Pace;
  /** Heads of the log that were shown so far: each must stay true. */
  readonly heads: TreeHead[];
  /** Whether a clock was set, so that times in the books cannot be compared. */
  hasSetClocks: boolean;
  /** Parts that are being started again while the fault goes on. */
  readonly restarts: Set<Promise<void>>;
}

/** Opens accounts for the clients of a network; they do not begin yet. */
export async function openLoad(network: Network, random: Random): Promise<Load> {
  const customers = await openAccounts(network);
  return new Load({ url: network.clients.url, customers, random: random.fork('load') });
}

/** Puts a network under load; resolves when every kind of call has been served. */
export async function openScene(network: Network, load: Load, pace: Pace): Promise<Scene> {
  const { public_key: coordinatorKey } = await must(`${network.url}/plexus/v1/info`);
  const { customers } = load;
  load.start();
  await mustBecome('every kind of call is served', () => load.kinds.every((kind) => wasServed(load, kind)), WARM_UP_MS);
  return { network, load, customers, coordinatorKey, pace, heads: [], hasSetClocks: false, restarts: new Set() };
}

function wasServed({ ended }: Load, kind: string): boolean {
  return ended.some((call) => call.kind === kind && call.outcome === 'served');
}

async function openAccounts({ url, operatorKey }: Network): Promise<readonly Customer[]> {
  const opened = Array.from({ length: ACCOUNTS }, async () => {
    const { api_key: key, node_id: accountId } = await must(`${url}/api/v1/register`, { body: {} });
    const grant = { account_id: accountId, credits: CREDITS };
    await must(`${url}/plexus/v1/grants`, { key: operatorKey, body: grant });
    return { accountId, key };
  });
  const [first, ...others] = await Promise.all(opened);
  if (!first) return others;
  const limited = await must(`${url}/plexus/v1/keys`, { key: first.key, body: { spend_limit: SPEND_LIMIT } });
  return [first, { accountId: first.accountId, key: limited.api_key }, ...others];
}

/** Lets a part start again while other things go on. */
export function restartMeanwhile(scene: Scene, part: { readonly name: string; restart(): Promise<void> }): void {
  const restart = part.restart().catch((error: unknown) => {
    scene.network.lost.push(`${part.name} did not start again: ${String(error)}`);
  });
  const tracked = restart.finally(() => scene.restarts.delete(tracked));
  scene.restarts.add(tracked);
}

/** Everything is up again. @throws {Error} when it is not after a minute */
export async function becomeWhole({ network, restarts }: Scene): Promise<void> {
  await Promise.all(restarts);
  await network.mustBeWhole(BACK_MS);
}
