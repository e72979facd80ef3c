import type { InfernetConfig } from '../config.ts';
import type { ChainConfig } from './node-chain.ts';

/**
 * What the configuration says of a chain; nothing where it is not enabled.
 *
 * @throws {Error} when it is enabled and something of it is missing
 */
export function chainConfigOf({ chain }: InfernetConfig): ChainConfig | undefined {
  if (chain?.enabled !== true) return undefined;
  const { rpc_url: rpcUrl = '', registry_address: registry = '', wallet = {}, poll_seconds: pollSeconds } = chain;
  const { private_key: key = '', max_gas_limit: maxGas, payment_address: paidTo = '' } = wallet;
  if (!URL.canParse(rpcUrl)) throw new Error('The Infernet configuration is wrong: chain.rpc_url is no URL');
  return {
    rpcUrl,
    registryAddress: hex('chain.registry_address', registry, 40),
    privateKey: hex('chain.wallet.private_key', key, 64),
    ...(maxGas !== undefined && { maxGas }),
    ...(paidTo !== '' && { paymentAddress: hex('chain.wallet.payment_address', paidTo, 40) }),
    ...(pollSeconds !== undefined && { pollMs: pollSeconds * 1000 }),
  };
}

/** The value itself, which may be a secret, is not told. */
function hex(name: string, text: string, digits: number): `0x${string}` {
  const found = /^(?:0x)?([0-9a-fA-F]+)$/.exec(text)?.[1] ?? '';
  if (found.length === digits) return `0x${found.toLowerCase()}`;
  throw new Error(`The Infernet configuration is wrong: ${name} is not ${digits} hex digits`);
}
