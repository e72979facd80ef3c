import {
  type Address,
  BaseError,
  BlockNotFoundError,
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  http,
  HttpRequestError,
  keccak256,
  numberToHex,
  type PublicClient,
  RpcRequestError,
  TimeoutError,
  type Transport,
  type WalletClient,
  zeroAddress,
} from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { createOneAtATime, type SignedSubscription, subscribedContainers } from '@plexus/protocol';
import { ChainUnreachable } from './chain-unreachable.ts';
import { CONSUMER_ABI, containerHash, COORDINATOR_ABI, type Delivery, REGISTRY_ABI } from './contract.ts';
import { createTransactions, type Transactions } from './transactions.ts';

/** Until a call to the chain is given up. */
const CALL_MS = 10_000;
/** The code of a call that its contract has ended. Source: viem, errors/node.ts, ExecutionRevertedError. */
const REVERTED = 3;

export interface ChainSettings {
  readonly rpcUrl: string;
  readonly registryAddress: Hex;
  readonly privateKey: Hex;
  readonly maxGas?: number;
  /** The wallet of Infernet's that its contract pays; none where it does not. */
  readonly paymentAddress?: Hex;
}

/** A subscription as the chain has it. */
export interface ChainSubscription {
  readonly id: number;
  readonly owner: Address;
  readonly activeAt: number;
  readonly period: number;
  readonly frequency: number;
  readonly redundancy: number;
  readonly containerId: Hex;
}

/** The newest block, which has all subscriptions up to `lastId`. */
export interface ChainHead {
  readonly lastId: number;
  /** Seconds. */
  readonly time: number;
  readonly number: bigint;
  readonly hash: Hex;
}

/** The contracts of one chain, for one wallet. What fails is thrown with viem's words. */
export interface ChainClient extends Pick<Transactions, 'confirm'> {
  readonly chainId: number;
  /** Of the coordinator contract. */
  readonly address: Address;
  head(): Promise<ChainHead>;
  /** The block that has this number now; nothing where there is none. */
  block(number: bigint): Promise<Pick<ChainHead, 'hash' | 'time'> | undefined>;
  /** @param at the block that it is read of: another server, which is behind, fails instead of answering with nothing */
  subscription(id: number, at: bigint): Promise<ChainSubscription>;
  /** What the owner's contract has for the containers; nothing where it has nothing, or no such function. */
  inputs(subscription: ChainSubscription, interval: number): Promise<Hex>;
  /** Whether this wallet has answered already, perhaps before a restart. */
  isAnswered(id: number, interval: number): Promise<boolean>;
  /** Whether as many nodes as it wants have answered. */
  isFull(id: number, interval: number, redundancy: number): Promise<boolean>;
  /** The id of a signed subscription, once its first answer was brought; else 0. */
  signedId(signed: SignedSubscription): Promise<number>;
  /** @returns the transaction's hash, once it is sent */
  send(id: number, interval: number, delivery: Delivery): Promise<Hex>;
  /** @returns the transaction's hash, once it is sent */
  sendSigned(signed: SignedSubscription, interval: number, sending: SignedSending): Promise<Hex>;
}

interface SignedSending {
  readonly delivery: Delivery;
  /** Told of the transaction's hash before it is sent. */
  readonly onSigned: (hash: Hex) => void;
}

/**
 * @throws {ChainUnreachable}
 * @throws when the key is none, or the chain has no such registry
 */
export async function openChain(
  { rpcUrl, registryAddress, privateKey, maxGas, paymentAddress: paidTo = zeroAddress }: ChainSettings,
  log: (problem: unknown, text: string) => void,
): Promise<ChainClient> {
  const account = privateKeyToAccount(privateKey);
  const transport = http(rpcUrl, { timeout: CALL_MS });
  const reader = createPublicClient({ transport });
  const chainId = await reader.getChainId().catch((error: unknown) => {
    throw new ChainUnreachable(error);
  });
  const address = await coordinatorOf(reader, registryAddress);
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 };
  const chain = defineChain({
    id: chainId,
    name: String(chainId),
    nativeCurrency,
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const wallet = createWalletClient({ account, chain, transport });
  const contract = { address, abi: COORDINATOR_ABI } as const;
  const parts = {
    reader,
    wallet,
    account,
    contract,
    paidTo,
    gas: maxGas === undefined ? {} : { gas: BigInt(maxGas) },
    log,
  };
  return { chainId, address, ...readsOf(parts), ...deliveriesOf(parts) };
}

async function coordinatorOf(reader: PublicClient, registry: Hex): Promise<Address> {
  try {
    return await reader.readContract({ address: registry, abi: REGISTRY_ABI, functionName: 'COORDINATOR' });
  } catch (error) {
    throw isAnswered(error) ? error : new ChainUnreachable(error);
  }
}

/** Whether an error is what the contract did, or that there is none, and not what was in the way to it. */
function isAnswered(error: unknown): boolean {
  if (!(error instanceof BaseError)) return true;
  if (error.walk((one) => one instanceof HttpRequestError || one instanceof TimeoutError)) return false;
  const refusal = error.walk((one) => one instanceof RpcRequestError);
  return !(refusal instanceof RpcRequestError) || refusal.code === REVERTED || /revert/i.test(refusal.details);
}

interface Parts {
  readonly reader: PublicClient;
  readonly wallet: WalletClient<Transport, Chain, PrivateKeyAccount>;
  readonly account: PrivateKeyAccount;
  readonly contract: { readonly address: Address; readonly abi: typeof COORDINATOR_ABI };
  readonly gas: { readonly gas?: bigint };
  readonly paidTo: Hex;
  readonly log: (problem: unknown, text: string) => void;
}

function readsOf({
  reader,
  account,
  contract,
}: Parts): Omit<ChainClient, 'chainId' | 'address' | 'send' | 'confirm' | 'sendSigned'> {
  return {
    ...countsOf({ reader, account, contract }),

    async head() {
      const { timestamp, number, hash } = await reader.getBlock();
      const nextId = await reader.readContract({ ...contract, functionName: 'id', blockNumber: number });
      return { lastId: nextId - 1, time: Number(timestamp), number, hash };
    },

    async block(blockNumber) {
      try {
        const { hash, timestamp } = await reader.getBlock({ blockNumber });
        return { hash, time: Number(timestamp) };
      } catch (error) {
        if (error instanceof BlockNotFoundError) return undefined;
        throw error;
      }
    },

    async subscription(id, blockNumber) {
      const call = { ...contract, functionName: 'getSubscription', args: [id], blockNumber } as const;
      const found = await reader.readContract(call);
      return { ...found, id };
    },

    async inputs({ id, owner }, interval) {
      const code = await reader.getCode({ address: owner });
      if (code === undefined) return '0x';
      const now = Math.floor(Date.now() / 1000);
      const args = [id, interval, now, account.address] as const;
      const call = { address: owner, abi: CONSUMER_ABI, functionName: 'getContainerInputs', args } as const;
      return await reader.readContract(call).catch((error: unknown) => {
        if (isAnswered(error)) return '0x';
        throw error;
      });
    },
  };
}

/** What is read of a contract's tables, whose keys are hashes. */
function countsOf({
  reader,
  account,
  contract,
}: Pick<Parts, 'reader' | 'account' | 'contract'>): Pick<ChainClient, 'isAnswered' | 'isFull' | 'signedId'> {
  return {
    async isAnswered(id, interval) {
      const types = [{ type: 'uint32' }, { type: 'uint32' }, { type: 'address' }] as const;
      const key = keccak256(encodeAbiParameters(types, [id, interval, account.address]));
      return await reader.readContract({ ...contract, functionName: 'nodeResponded', args: [key] });
    },

    async isFull(id, interval, redundancy) {
      const types = [{ type: 'uint32' }, { type: 'uint32' }] as const;
      const key = keccak256(encodeAbiParameters(types, [id, interval]));
      return (await reader.readContract({ ...contract, functionName: 'redundancyCount', args: [key] })) >= redundancy;
    },

    async signedId({ signature: { nonce }, subscription: { owner } }) {
      const types = [{ type: 'address' }, { type: 'uint32' }] as const;
      const key = keccak256(encodeAbiParameters(types, [addressOf(owner), nonce]));
      return await reader.readContract({ ...contract, functionName: 'delegateCreatedIds', args: [key] });
    },
  };
}

/** What would be reverted is not sent. */
function deliveriesOf({
  reader,
  wallet,
  account,
  contract,
  gas,
  paidTo,
  log,
}: Parts): Pick<ChainClient, 'send' | 'confirm' | 'sendSigned'> {
  // Two that a wallet sends at once would be given the same nonce.
  const inTurn = createOneAtATime();
  const transactions = createTransactions(reader, log);

  /** Where the answer to it was lost, or says that it is known already, the chain is asked whether it has it. */
  async function submit(data: Hex, onSigned?: (hash: Hex) => void): Promise<Hex> {
    const request = await wallet.prepareTransactionRequest({ to: contract.address, data, ...gas });
    const serializedTransaction = await wallet.signTransaction(request);
    const hash = keccak256(serializedTransaction);
    onSigned?.(hash);
    try {
      return await wallet.sendRawTransaction({ serializedTransaction });
    } catch (error) {
      if ((await transactions.knows(hash)) === false) throw error;
      return hash;
    }
  }

  return {
    confirm: (hash, signal) => transactions.confirm(hash, signal),

    async send(id, interval, { input, output, proof }) {
      const args = [id, interval, input, output, proof, paidTo] as const;
      await reader.simulateContract({ ...contract, functionName: 'deliverCompute', args, account });
      return await inTurn(() => submit(encodeFunctionData({ ...contract, functionName: 'deliverCompute', args })));
    },

    async sendSigned({ signature: { nonce, expiry, v, r, s }, subscription }, interval, { delivery, onSigned }) {
      const { input, output, proof } = delivery;
      const [left, right] = [wordOf(r), wordOf(s)];
      const terms = [nonce, expiry, toStruct(subscription), v, left, right] as const;
      const args = [...terms, interval, input, output, proof, paidTo] as const;
      const call = { ...contract, functionName: 'deliverComputeDelegatee', args } as const;
      await reader.simulateContract({ ...call, account });
      return await inTurn(() => submit(encodeFunctionData(call), onSigned));
    },
  };
}

function toStruct(subscription: SignedSubscription['subscription']) {
  const { owner, active_at: activeAt, period, frequency, redundancy, lazy, verifier, wallet } = subscription;
  return {
    owner: addressOf(owner),
    activeAt,
    period,
    frequency,
    redundancy,
    containerId: containerHash(subscribedContainers(subscription)),
    lazy,
    verifier: addressOf(verifier),
    paymentAmount: BigInt(subscription.payment_amount),
    paymentToken: addressOf(subscription.payment_token),
    wallet: addressOf(wallet),
  };
}

function wordOf(number: string | number): Hex {
  return numberToHex(BigInt(number), { size: 32 });
}

/** In lower case, as a mixed one would be a checksum. */
function addressOf(text: string): Address {
  return getAddress(text.toLowerCase());
}
