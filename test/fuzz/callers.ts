/** Who calls the fuzzed network. */
import type { Answer, CallOptions, TestNetwork } from '@plexus/testkit';

export interface FuzzCaller {
  readonly name: string;
  readonly key: string | undefined;
  /** How often it calls. */
  readonly weight: number;
}

const RICH_CREDITS = '100000';
/** Enough for one task that echoes. */
const SPENDING_LIMIT = '10';

/** Calls that must succeed. */
export async function must(network: TestNetwork, method: string, path: string, options: CallOptions): Promise<Answer> {
  const answer = await network.call(method, path, options);
  if (answer.status < 300) return answer;
  throw new Error(`${method} ${path} was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/**
 * An operator, a client with and one without much, keys that may do little, and nobody.
 *
 * @returns them and the ids of their keys and accounts, which must live on
 */
export async function makeCallers(network: TestNetwork): Promise<readonly FuzzCaller[]> {
  const [rich, poor] = [await network.register(), await network.register()];
  const grant = { account_id: rich.node_id, credits: RICH_CREDITS };
  await must(network, 'POST', '/plexus/v1/grants', { key: network.operatorKey, body: grant });
  const keyOf = async (body: object, by = rich.api_key): Promise<string> =>
    (await must(network, 'POST', '/plexus/v1/keys', { key: by, body })).body.api_key;
  const provider = await keyOf({ role: 'provider', account_id: rich.node_id }, network.operatorKey);
  return [
    { name: 'operator', weight: 3, key: network.operatorKey },
    { name: 'rich client', weight: 4, key: rich.api_key },
    { name: 'poor client', weight: 3, key: poor.api_key },
    { name: 'provider', weight: 1, key: provider },
    { name: 'reader', weight: 1, key: await keyOf({ scopes: ['read'] }) },
    { name: 'limited', weight: 1, key: await keyOf({ spend_limit: SPENDING_LIMIT }) },
    { name: 'nobody', weight: 1, key: undefined },
    { name: 'stranger', weight: 1, key: `gn_${'0'.repeat(32)}` },
  ];
}
