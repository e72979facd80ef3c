/** Whatever two wallets are told to send and stake on a node's port, a model in whole millionths knows what must follow. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNeuroshardWorld, type NeuroshardWorld } from './support/neuroshard-world.ts';

const MICRO = 1_000_000n;
/** What an account begins with. */
const FIRST = 1000n * MICRO;
/** The most that one call may name. */
const MOST = 9_000_000_000;
const WALLET = '/api/v1/wallet';

let world: NeuroshardWorld;
beforeAll(async () => {
  world = await createNeuroshardWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

interface Order {
  readonly kind: 'send' | 'stake' | 'unstake';
  readonly by: 0 | 1;
  readonly to: 0 | 1;
  /** As it stands in the body. */
  readonly amount: string;
}

const ODD =
  `-1 0 -0 0.0 1e-7 -1e-7 0.0000001 1.1234567 0.30000000000000004 1e999 -1e999 NaN Infinity "1" null true [] {} 1e2
  0.000001 0.000499 0.0005 0.000501 999.000999 999.000998 1000 9000000000 9000000001 900719925474.0993 1.0000000`.split(
    /\s+/,
  );
const amounts = fc.oneof(
  fc.integer({ min: 1, max: 2_000_000_000 }).map((micro) => (micro / 1e6).toFixed(6)),
  fc.double().map(String),
  fc.constantFrom(...ODD),
);
const side = fc.constantFrom(0 as const, 1 as const);
const kinds = fc.constantFrom('send' as const, 'send' as const, 'stake' as const, 'unstake' as const);
const orders = fc.array(fc.record({ kind: kinds, by: side, to: side, amount: amounts }), {
  minLength: 1,
  maxLength: 12,
});

/** In millionths; undefined for what is no amount. */
function readAmount(text: string): bigint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'number' || value <= 0 || value > MOST) return undefined;
  const match = /^(\d+)(?:\.(\d{1,6}))?$/.exec(String(value));
  return match ? BigInt(match[1] ?? '') * MICRO + BigInt((match[2] ?? '').padEnd(6, '0')) : undefined;
}

interface Wallet {
  available: bigint;
  staked: bigint;
}

/** What the order is answered with; what it changes is written into the wallets. */
function follow({ kind, by, to, amount: text }: Order, wallets: readonly [Wallet, Wallet]): number {
  const amount = readAmount(text);
  const own = wallets[by];
  if (amount === undefined || (kind === 'send' && by === to)) return 400;
  // A stake is locked for as long as this test takes.
  if (kind === 'unstake') return amount > own.staked ? 402 : 400;
  const cost = kind === 'send' ? amount + (amount + 500n) / 1000n : amount;
  if (cost > own.available) return 402;
  own.available -= cost;
  if (kind === 'send') wallets[to].available += amount;
  else own.staked += amount;
  return 200;
}

async function open(): Promise<{ readonly key: string; readonly address: string }> {
  const { api_key: key } = await world.network.register();
  const { body } = await world.call('GET', `${WALLET}/balance`, { key });
  return { key, address: body.address };
}

async function give(order: Order, accounts: readonly Awaited<ReturnType<typeof open>>[]): Promise<number> {
  const to = accounts[order.to]?.address;
  const key = accounts[order.by]?.key ?? '';
  const body = `{"to":"${to}","duration_days":30,"amount":${order.amount}}`;
  return (await world.call('POST', `${WALLET}/${order.kind}`, { key, body })).status;
}

async function balanceOf({ key }: { readonly key: string }): Promise<Wallet> {
  const { available, staked, pending, total } = (await world.call('GET', `${WALLET}/balance`, { key })).body.balances;
  expect(pending).toBe(0);
  expect(micro(available) + micro(staked)).toBe(micro(total));
  return { available: micro(available), staked: micro(staked) };
}

function micro(neuro: number): bigint {
  return BigInt(Math.round(neuro * 1e6));
}

it('is refused, or moves exactly what it says: nothing is made, lost, or spent twice', async () => {
  await fc.assert(
    fc.asyncProperty(orders, async (given) => {
      const accounts = [await open(), await open()];
      const wallets: [Wallet, Wallet] = [
        { available: FIRST, staked: 0n },
        { available: FIRST, staked: 0n },
      ];
      for (const order of given) {
        const wanted = follow(order, wallets);
        expect(await give(order, accounts), JSON.stringify(order)).toBe(wanted);
      }
      expect(await Promise.all(accounts.map(balanceOf))).toEqual(wallets);
    }),
    { numRuns: 20 },
  );
  const metrics = await (await fetch(`${world.network.url}/metrics`)).text();
  expect(metrics).toMatch(/^plexus_ledger_imbalance\S* 0$/m);
});
