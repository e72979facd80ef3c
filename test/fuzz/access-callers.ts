/** Every kind of caller, all of one client's account but the operators. */
import type { TestNetwork } from '@plexus/testkit';
import { type AccessCaller, SCOPES } from './access-rules.ts';
import { must } from './callers.ts';

const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2099-01-01T00:00:00Z';
const ALL_SCOPES: ReadonlySet<string> = new Set(SCOPES);
const CLIENT_SCOPES: ReadonlySet<string> = new Set(['submit', 'read', 'wallet', 'keys']);

/**
 * @param key of the client, which may make other keys
 * @param isWhole whether there is a key for each subset of the scopes; else for those of one, and of all but one
 */
export async function makeAccessCallers(
  network: TestNetwork,
  key: string,
  isWhole: boolean,
): Promise<readonly AccessCaller[]> {
  const make = async (body: object, by: string = key): Promise<{ id: string; api_key: string }> =>
    (await must(network, 'POST', '/plexus/v1/keys', { key: by, body })).body;
  const revoked = await make({});
  await must(network, 'DELETE', `/plexus/v1/keys/${revoked.id}`, { key });
  const expired = await make({ expires_at: PAST });
  const limited = { isLimited: true, scopes: CLIENT_SCOPES };
  const { operatorKey } = network;
  const operator = await make({ role: 'operator' }, operatorKey);
  const { account_id } = (await must(network, 'GET', '/plexus/v1/wallet', { key })).body;
  const grant = (body: object) => make({ ...body, account_id }, operatorKey);
  return [
    ...strangers(),
    { name: 'a revoked key', key: revoked.api_key },
    { name: 'an expired key', key: expired.api_key },
    { name: 'a client', key, scopes: CLIENT_SCOPES, isOwner: true },
    {
      name: 'a provider',
      key: (await grant({ role: 'provider' })).api_key,
      scopes: new Set(['read', 'wallet', 'node']),
    },
    { name: 'the operator', key: operatorKey, scopes: ALL_SCOPES, isOperator: true },
    { name: 'another operator', key: operator.api_key, scopes: ALL_SCOPES, isOperator: true },
    // Good at that node only, which is none of these.
    { name: 'a key of one node', key: (await make({ scopes: ['node:x'] })).api_key },
    { name: 'a key that expires', key: (await make({ expires_at: FUTURE })).api_key, ...limited },
    { name: 'a key with a limit', key: (await make({ spend_limit: '1000' })).api_key, ...limited },
    { name: 'a spent key', key: (await make({ spend_limit: '0' })).api_key, ...limited, isSpent: true },
    ...(await withSubsets(grant, isWhole)),
  ];
}

/** Nobody, and keys that are none. */
function strangers(): readonly AccessCaller[] {
  const keys = { unknown: `gn_${'0'.repeat(32)}`, short: 'x', long: 'k'.repeat(300), strange: "gn_'; --\u00ff" };
  return [
    { name: 'nobody', key: undefined },
    ...Object.entries(keys).map(([what, key]) => ({ name: `a key that is ${what}`, key })),
  ];
}

async function withSubsets(
  make: (body: object) => Promise<{ api_key: string }>,
  isWhole: boolean,
): Promise<readonly AccessCaller[]> {
  const callers: AccessCaller[] = [];
  for (let bits = 0; bits < 2 ** SCOPES.length; bits++) {
    const scopes = SCOPES.filter((_, at) => (bits >> at) % 2 === 1);
    const isPlain = scopes.length <= 1 || scopes.length >= SCOPES.length - 1;
    if (!isWhole && !isPlain) continue;
    const { api_key: key } = await make({ scopes });
    callers.push({ name: `a key for ${scopes.join(', ') || 'nothing'}`, key, scopes: new Set(scopes) });
  }
  return callers;
}
