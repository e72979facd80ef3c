/** What a node calls of Infernet's contracts, and how data is written for them. */
import { type Abi, encodeAbiParameters, type Hex, isHex, keccak256, parseAbi, stringToHex } from 'viem';

const SUBSCRIPTION =
  'struct Subscription { address owner; uint32 activeAt; uint32 period; uint32 frequency; uint16 redundancy; bytes32 containerId; bool lazy; address verifier; uint256 paymentAmount; address paymentToken; address wallet; }';

export const COORDINATOR_ABI = parseAbi([
  SUBSCRIPTION,
  'function id() view returns (uint32)',
  'function getSubscription(uint32 subscriptionId) view returns (Subscription)',
  'function nodeResponded(bytes32 key) view returns (bool)',
  'function redundancyCount(bytes32 key) view returns (uint16)',
  'function delegateCreatedIds(bytes32 key) view returns (uint32)',
  'function deliverCompute(uint32 subscriptionId, uint32 interval, bytes input, bytes output, bytes proof, address nodeWallet)',
  'function deliverComputeDelegatee(uint32 nonce, uint32 expiry, Subscription sub, uint8 v, bytes32 r, bytes32 s, uint32 interval, bytes input, bytes output, bytes proof, address nodeWallet)',
]) satisfies Abi;

export const REGISTRY_ABI = parseAbi(['function COORDINATOR() view returns (address)']);

export const CONSUMER_ABI = parseAbi([
  'function getContainerInputs(uint32 subscriptionId, uint32 interval, uint32 timestamp, address caller) view returns (bytes)',
]);

/** The hash by which a chain knows containers that are run one after the other. */
export function containerHash(ids: readonly string[]): Hex {
  return keccak256(encodeAbiParameters([{ type: 'string' }], [ids.join(',')]));
}

/** The parts of an answer that are delivered. */
export interface Delivery {
  readonly input: Hex;
  readonly output: Hex;
  readonly proof: Hex;
}

const PAIR = [{ type: 'bytes' }, { type: 'bytes' }] as const;

/** A container writes an answer for a chain as raw and processed bytes in hex; any other answer goes as its JSON. */
export function deliveryOf(answer: unknown): Delivery {
  const fields = typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>) : {};
  if (!('raw_output' in fields)) return { input: '0x', output: stringToHex(JSON.stringify(answer)), proof: '0x' };
  const pair = (raw: string, processed: string) =>
    encodeAbiParameters(PAIR, [hexOf(fields[raw]), hexOf(fields[processed])]);
  return {
    input: pair('raw_input', 'processed_input'),
    output: pair('raw_output', 'processed_output'),
    proof: hexOf(fields['proof']),
  };
}

function hexOf(value: unknown): Hex {
  if (typeof value !== 'string') return '0x';
  const text = value.startsWith('0x') ? value : `0x${value}`;
  return isHex(text) ? text : '0x';
}
