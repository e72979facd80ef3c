/** A real chain on this machine, with the contracts of the tests on it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import {
  type Chain,
  createPublicClient,
  createTestClient,
  createWalletClient,
  type Hex,
  http,
  parseAbi,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

/** Anvil's own first accounts. */
const OPERATOR = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
export const NODE_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';

const CONSTRUCTOR = parseAbi(['constructor(address)']);
const ARTIFACT = new URL('contracts/infernet.json', import.meta.url);
const { contracts } = JSON.parse(readFileSync(ARTIFACT, 'utf8')) as {
  contracts: Record<'TestCoordinator' | 'TestConsumer', { bytecode: Hex }>;
};

export interface Anvil {
  readonly rpcUrl: string;
  /** Whose transactions are the test's. */
  readonly account: PrivateKeyAccount;
  readonly reader: PublicClient<Transport, Chain>;
  readonly wallet: WalletClient<Transport, Chain, PrivateKeyAccount>;
  deploy(name: keyof typeof contracts, argument?: Hex): Promise<Hex>;
  /** Waits until a transaction is in a block. */
  mined(hash: Hex): Promise<void>;
  /** Whether each transaction gets a block of its own at once, as long as nothing else is said. */
  mine(isAutomatic: boolean): Promise<void>;
  /** Moves the chain's clock. */
  pass(seconds: number): Promise<void>;
  close(): void;
}

const account = privateKeyToAccount(OPERATOR);

export async function startAnvil(): Promise<Anvil> {
  const bin = createRequire(import.meta.url).resolve('@foundry-rs/anvil/bin.mjs');
  // In a group of its own: what is spawned is only the parent of the program.
  const child = spawn(process.execPath, [bin, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const rpcUrl = await urlOf(child);
  const place = { chain: foundry, transport: http(rpcUrl) };
  const reader: Anvil['reader'] = createPublicClient({ ...place, pollingInterval: 50 });
  const wallet: Anvil['wallet'] = createWalletClient({ ...place, account });
  const clock = createTestClient({ ...place, mode: 'anvil' });
  return {
    rpcUrl,
    account,
    reader,
    wallet,
    async deploy(name, argument) {
      const { bytecode } = contracts[name];
      const hash = argument
        ? await wallet.deployContract({ abi: CONSTRUCTOR, bytecode, args: [argument] })
        : await wallet.deployContract({ abi: [], bytecode });
      const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
      return contractAddress ?? '0x';
    },
    async mined(hash) {
      await reader.waitForTransactionReceipt({ hash });
    },
    async mine(isAutomatic) {
      await clock.setAutomine(isAutomatic);
      if (isAutomatic) await clock.mine({ blocks: 1 });
    },
    async pass(seconds) {
      await clock.increaseTime({ seconds });
      await clock.mine({ blocks: 1 });
    },
    close() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
  };
}

async function urlOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('anvil says nothing');
  for await (const line of createInterface(child.stdout)) {
    const [, address] = /Listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
    if (address === undefined) continue;
    child.stdout.resume();
    return `http://${address}`;
  }
  throw new Error('anvil has ended');
}
